import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { create, fromJson, type JsonObject, toJson } from '@bufbuild/protobuf'
import { fromOutputs, phaseName, toInputs } from '@tern/core'
import { workflowToCustom } from '@tern/core/workflow'
import { ActionPhase } from '@tern/idl/common'
import { DataProxyService } from '@tern/idl/dataproxy'
import { type GetGraphResponse, WorkflowSchema, WorkflowService } from '@tern/idl/graph'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { RunService } from '@tern/idl/workflow'
import { bundleFile, loadBundle, taskSpecOf } from '@tern/sdk/bundle'

const place = { project: 'flytesnacks', domain: 'development' } as const

/** A run of a workflow that a test follows. */
export interface WorkflowRun {
  readonly name: string
  graph(): Promise<GetGraphResponse>
  /** How it ended, once it has. */
  ended(): Promise<{ readonly phase: string; readonly outputs: Record<string, unknown>; readonly error: string }>
}

function transportTo(url: string) {
  return createConnectTransport({ baseUrl: url, httpVersion: '1.1', useBinaryFormat: true })
}

/** Uploads the code of a file of tasks, and gives the specs of its tasks as JSON. */
export async function uploadTasks(url: string, file: string): Promise<(name: string) => JsonObject> {
  const data = createClient(DataProxyService, transportTo(url))
  const bundle = await bundleFile(fileURLToPath(new URL(file, import.meta.url)))
  const location = await data.createUploadLocation({
    ...place,
    filename: bundle.fileName,
    contentMd5: createHash('md5').update(bundle.bytes).digest(),
    contentLength: BigInt(bundle.bytes.length),
  })
  await fetch(location.signedUrl, { method: 'PUT', body: bundle.bytes, headers: location.headers })
  const { tasks } = await loadBundle(bundle)
  return (name) => {
    const task = tasks.get(name)
    if (task === undefined) throw new Error(`${name} is not in ${file}`)
    const spec = taskSpecOf(task, { org: 'tern', ...place, version: bundle.version, bundleUri: location.nativeUrl })
    return toJson(TaskSpecSchema, spec) as JsonObject
  }
}

/** The task that a workflow is, of its JSON. */
export function workflowOf(json: JsonObject): TaskSpec {
  const workflow = fromJson(WorkflowSchema, { format: 1, ...json })
  return create(TaskSpecSchema, {
    shortName: workflow.graph?.name ?? '',
    taskTemplate: {
      type: 'workflow',
      id: { ...place, name: `flows.${workflow.graph?.name}`, version: 'v1' },
      metadata: {},
      custom: workflowToCustom(workflow),
      ...(workflow.graph?.interface && { interface: workflow.graph.interface }),
    },
  })
}

export async function startWorkflow(
  url: () => string,
  spec: TaskSpec,
  values: Readonly<Record<string, unknown>>,
): Promise<WorkflowRun> {
  const runs = () => createClient(RunService, transportTo(url()))
  const { run } = await runs().createRun({
    id: { case: 'projectId', value: { name: place.project, domain: place.domain } },
    task: { case: 'taskSpec', value: spec },
    inputWrapper: { case: 'inputs', value: toInputs(values, spec.taskTemplate?.interface?.inputs) },
  })
  const actionId = run!.action!.id!
  return {
    name: actionId.run?.name ?? '',
    graph: () =>
      createClient(WorkflowService, transportTo(url())).getGraph({ subject: { case: 'actionId', value: actionId } }),
    async ended() {
      let phase: ActionPhase = ActionPhase.UNSPECIFIED
      let error = ''
      for await (const { details } of runs().watchActionDetails({ actionId })) {
        phase = details?.status?.phase ?? ActionPhase.UNSPECIFIED
        error = details?.result.case === 'errorInfo' ? details.result.value.message : ''
      }
      const { outputs } = await runs().getActionData({ actionId })
      return { phase: phaseName(phase), outputs: outputs === undefined ? {} : fromOutputs(outputs), error }
    },
  }
}

// Words for JSON graphs.

export const integer: JsonObject = { simple: 'INTEGER' }
export const text: JsonObject = { simple: 'STRING' }
export const listOf = (type: JsonObject): JsonObject => ({ collectionType: type })

export function variables(types: Readonly<Record<string, JsonObject>>): JsonObject {
  return { variables: Object.entries(types).map(([key, type]) => ({ key, value: { type } })) }
}

/** `n0.x`, or `inputs.x`. */
export function ref(path: string): JsonObject {
  const [node = '', output = ''] = path.split('.')
  return { reference: { node: node === 'inputs' ? '' : node, output } }
}

/** Texts are references; what they refer to is upstream. */
export function node(id: string, kind: JsonObject, given: Readonly<Record<string, string>> = {}): JsonObject {
  const names = Object.keys(given).sort()
  const upstream = Object.values(given).flatMap((path) => (path.startsWith('inputs.') ? [] : [path.split('.')[0]!]))
  return {
    id,
    inputs: names.map((name) => ({ name, value: ref(given[name]!) })),
    upstream: [...new Set(upstream)],
    ...kind,
  }
}

export function outputs(given: Readonly<Record<string, string>>): JsonObject[] {
  return Object.keys(given)
    .sort()
    .map((name) => ({ name, value: ref(given[name]!) }))
}
