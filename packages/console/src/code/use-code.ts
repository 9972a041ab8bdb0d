import { createClient } from '@connectrpc/connect'
import { skipToken, useQuery } from '@tanstack/react-query'
import { ArtifactType, DataProxyService } from '@tern/idl/dataproxy'
import type { TaskIdentifier, TaskSpec } from '@tern/idl/task'
import { followable } from '../api/links.ts'
import { transport } from '../api/transport.ts'
import type { DataSource } from '../data/stored-data.tsx'
import { readBundle } from './read-bundle.ts'
import type { CodeSources } from './source-file.ts'

const client = createClient(DataProxyService, transport)

/** Whose code: that of a version of a deployed task, or that which an attempt executed. */
export type CodeOwner = { readonly taskId: TaskIdentifier } | { readonly action: DataSource; readonly attempt: number }

const mostBytes = 32 * 1024 * 1024

/** The code that a task runs, as people wrote it. A version's code never changes, so that it is asked for once. */
export function useCode(owner: CodeOwner | undefined, spec: TaskSpec | undefined) {
  const uri = spec?.taskTemplate?.metadata?.codeBundleUri
  return useQuery<CodeSources>({
    queryKey: ['code', uri],
    queryFn: owner === undefined || uri === undefined ? skipToken : ({ signal }) => loadCode(owner, uri, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  })
}

async function loadCode(owner: CodeOwner, uri: string, signal: AbortSignal): Promise<CodeSources> {
  if (uri === '') return { files: [], nothing: 'The task brings no code: its image has it, or it needs none.' }
  const { preSignedUrls } = await client.createDownloadLink(
    { artifactType: ArtifactType.CODE_BUNDLE, source: sourceOf(owner) },
    { signal },
  )
  const response = await fetch(followable(preSignedUrls?.signedUrl[0] ?? ''), { signal })
  if (!response.ok) throw new Error(`The code cannot be loaded: the server answered ${response.status}.`)
  if (Number(response.headers.get('content-length')) > mostBytes) {
    return { files: [], nothing: 'The code bundle is too large to be looked into here.' }
  }
  return readBundle(uri.slice(uri.lastIndexOf('/') + 1), new Uint8Array(await response.arrayBuffer()))
}

function sourceOf(owner: CodeOwner) {
  if ('taskId' in owner) return { case: 'taskId' as const, value: owner.taskId }
  const { project, domain, run, action } = owner.action
  const actionId = { name: action, run: { org: '', project, domain, name: run } }
  return { case: 'actionAttemptId' as const, value: { actionId, attempt: owner.attempt } }
}
