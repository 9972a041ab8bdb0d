import type { Inputs, NamedLiteral, RunSpec, TaskDetails, TaskIdentifier, TaskSpec } from '@tern/idl/task'
import { createClient } from '@connectrpc/connect'
import { RunService, RunSource } from '@tern/idl/workflow'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { InputsSchema } from '@tern/idl/task'
import { transport } from '../../../api/transport.ts'
import type { Scope } from '../../../app/scope.ts'
import type { Snippets } from '../../../design/copy.tsx'
import { launchSnippets, type LaunchWanted } from './launch-snippets.ts'

const runs = createClient(RunService, transport)

export interface LaunchRequest {
  readonly inputs: MessageInitShape<typeof InputsSchema>
  readonly runSpec: RunSpec
  /** Empty for one that the server makes up. */
  readonly name: string
}

/** Something that a run can be started of: a task, a launch plan, an earlier run. */
export interface LaunchTarget {
  readonly title: string
  readonly description?: string | undefined
  /** Where runs of it belong. */
  readonly scope: Scope
  /** Its interface and its default inputs make the form. */
  readonly spec: TaskSpec
  /** @returns the run's name */
  readonly start: (request: LaunchRequest) => Promise<string>
  /** How to start the same from elsewhere. */
  readonly snippets?: (wanted: LaunchWanted) => Snippets
  /** Others that can be chosen instead. */
  readonly versions?: {
    readonly names: ReadonlyArray<string>
    readonly chosen: string
    readonly onChange: (version: string) => void
  }
}

/** What a form is filled with instead of the defaults. */
export interface Prefill {
  readonly inputs: ReadonlyArray<NamedLiteral>
  readonly runSpec?: RunSpec | undefined
  readonly context?: Inputs['context']
}

/** A deployed task. */
export function taskTarget(
  { taskId, spec }: TaskDetails,
  versions?: LaunchTarget['versions'],
): LaunchTarget | undefined {
  if (taskId === undefined || spec === undefined) return undefined
  const { project, domain, name, version } = taskId
  return {
    title: `Run ${name}`,
    description: versions === undefined ? `Version ${version}` : undefined,
    scope: { project, domain },
    spec,
    ...(versions !== undefined && { versions }),
    start: (request) => startRun({ project, domain }, { case: 'taskId', value: taskId }, request),
    snippets: (wanted) => launchSnippets({ project, domain }, taskId, wanted),
  }
}

/** @returns the run's name */
export async function startRun(
  { project, domain }: Scope,
  task: { case: 'taskId'; value: TaskIdentifier } | { case: 'taskSpec'; value: TaskSpec },
  { inputs, runSpec, name }: LaunchRequest,
): Promise<string> {
  const { run } = await runs.createRun({
    id:
      name === ''
        ? { case: 'projectId', value: { organization: '', name: project, domain } }
        : { case: 'runId', value: { org: '', project, domain, name } },
    task,
    inputWrapper: { case: 'inputs', value: inputs },
    runSpec,
    source: RunSource.WEB,
  })
  return run?.action?.id?.run?.name ?? ''
}
