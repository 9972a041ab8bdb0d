import { create, type DescMethod, type MessageInitShape } from '@bufbuild/protobuf'
import { Code, type Transport } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { ActionsService } from '@tern/idl/actions'
import { ArtifactService } from '@tern/idl/artifact'
import { CacheService } from '@tern/idl/cacheservice'
import { ClusterService } from '@tern/idl/cluster'
import { RetryStrategySchema, TimeoutStrategySchema } from '@tern/idl/core'
import { DataProxyService } from '@tern/idl/dataproxy'
import { ProjectService } from '@tern/idl/project'
import { SecretService } from '@tern/idl/secret'
import { SettingsService } from '@tern/idl/settings'
import { FixedRateUnit, TaskService, TriggerAutomationSpecType } from '@tern/idl/task'
import { TriggerService } from '@tern/idl/trigger'
import { EventsProxyService, RunService, TrackedRunService } from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aRunRequest, aTaskSpec, place, projectId } from './test/fixtures.ts'
import { startApi, type TestApi } from './test/start-api.ts'

// The rules that the protocol declares, request by request: what breaks one is refused, and the field is named.

let api: TestApi
let transport: Transport
beforeAll(async () => {
  api = await startApi()
  transport = createConnectTransport({ baseUrl: api.url, httpVersion: '2' })
})
afterAll(() => api.close())

const long = (length: number) => 'x'.repeat(length + 1)
const runId = { org: 'tern', ...place, name: 'r1' }
const actionId = { run: runId, name: 'a0' }
const taskId = { org: 'tern', ...place, name: 'env.main', version: 'v1' }
const taskName = { org: 'tern', ...place, name: 'env.main' }
const triggerName = { org: 'tern', ...place, name: 'daily', taskName: 'env.main' }
const org = { organization: 'tern', ...projectId }
const settingsKey = { org: 'tern' }
const secretId = { organization: 'tern', name: 'key' }
const cacheId = { org: 'tern', ...place, identifier: {} }
const cron = { case: 'schedule', value: { expression: { case: 'cronExpression', value: '0 9 * * *' } } } as const
const schedule = { type: TriggerAutomationSpecType.TYPE_SCHEDULE, automation: cron }
const rate = (value: number, unit: FixedRateUnit) => ({
  type: TriggerAutomationSpecType.TYPE_SCHEDULE,
  automation: { case: 'schedule', value: { expression: { case: 'rate', value: { value, unit } } } } as const,
})
const withRetries = (retries: MessageInitShape<typeof RetryStrategySchema>) => {
  const spec = aTaskSpec()
  spec.taskTemplate!.metadata!.retries = create(RetryStrategySchema, retries)
  return { taskId, spec }
}
const runWithRetries = (retries: MessageInitShape<typeof RetryStrategySchema>) =>
  aRunRequest({ task: { case: 'taskSpec', value: withRetries(retries).spec } })
const childWithRetries = (retries: MessageInitShape<typeof RetryStrategySchema>) => ({
  action: {
    actionId,
    parentActionName: 'a0',
    inputUri: '/in',
    runOutputBase: '/out',
    spec: { case: 'task', value: { spec: withRetries(retries).spec } } as const,
  },
})
const withLimits = (limits: object) => {
  const spec = aTaskSpec()
  spec.taskTemplate!.metadata!.timeouts = create(TimeoutStrategySchema, limits)
  return { taskId, spec }
}
const aSecondAgo = { seconds: -1n, nanos: 0 }
const inEnvironment = (name: string) => {
  const spec = aTaskSpec()
  spec.environment!.name = name
  return { taskId, spec }
}

type Rule = readonly [request: object, field: string]

function rules<Method extends DescMethod>(
  method: Method,
  ...broken: ReadonlyArray<readonly [MessageInitShape<Method['input']>, string]>
): readonly [DescMethod, ReadonlyArray<Rule>] {
  return [method, broken as ReadonlyArray<Rule>]
}

const { createRun, abortRun, abortAction, getRunDetails, getActionDetails, watchRunDetails, watchActionDetails } =
  RunService.method
const { watchRuns, watchActions, watchClusterEvents, watchGroups, getActionLogContext, signalEvent } = RunService.method
const { listRuns, listActions, listActionTimes, getActionDataURIs } = RunService.method
const asRun = (overrides: object) => aRunRequest({ id: { case: 'runId', value: { ...runId, ...overrides } } })

const table = [
  rules(
    createRun,
    [aRunRequest({ id: { case: undefined } }), 'id'],
    [runWithRetries({ retries: 11 }), 'task_spec.task_template.metadata.retries.retries'],
    [runWithRetries({ retries: 1, backoff: { base: {}, factor: 2 } }), 'backoff'],
    [aRunRequest({ task: { case: undefined } }), 'task'],
    [asRun({ project: '' }), 'run_id.project'],
    [asRun({ project: long(63) }), 'run_id.project'],
    [asRun({ domain: long(63) }), 'run_id.domain'],
    [asRun({ org: long(63) }), 'run_id.org'],
    [asRun({ name: '' }), 'run_id.name'],
    [asRun({ name: long(30) }), 'run_id.name'],
    [asRun({ name: 'Not/A-Name' }), 'run_id.name'],
    [aRunRequest({ id: { case: 'projectId', value: { ...org, name: '' } } }), 'project_id.name'],
    [aRunRequest({ id: { case: 'projectId', value: { ...org, domain: '' } } }), 'project_id.domain'],
    [aRunRequest({ task: { case: 'taskId', value: { ...taskId, name: long(255) } } }), 'task_id.name'],
    [aRunRequest({ task: { case: 'taskId', value: { ...taskId, version: long(63) } } }), 'task_id.version'],
    [aRunRequest({ task: { case: 'taskSpec', value: {} } }), 'task_template'],
    [aRunRequest({ inputWrapper: { case: 'offloadedInputData', value: { uri: '/x' } } }), 'inputs_hash'],
    [aRunRequest({ inputWrapper: { case: 'offloadedInputData', value: { inputsHash: 'x' } } }), 'uri'],
    [aRunRequest({ runSpec: { relation: { relationType: 1 } } }), 'relation.related_to'],
    [aRunRequest({ runSpec: { relation: { relatedTo: runId } } }), 'relation.relation_type'],
    [aRunRequest({ runSpec: { recover: { forceRerunActions: [''] } } }), 'force_rerun_actions[0]'],
  ),
  rules(abortRun, [{}, 'run_id'], [{ runId: { ...runId, name: '' } }, 'run_id.name']),
  rules(abortAction, [{}, 'action_id'], [{ actionId: { name: 'a0' } }, 'action_id.run']),
  rules(getRunDetails, [{}, 'run_id']),
  rules(watchRunDetails, [{}, 'run_id']),
  rules(getActionDetails, [{}, 'action_id'], [{ actionId: { run: runId, name: long(30) } }, 'action_id.name']),
  rules(watchActionDetails, [{}, 'action_id']),
  rules(getActionDataURIs, [{}, 'action_id']),
  rules(getActionLogContext, [{ attempt: 1 }, 'action_id'], [{ actionId }, 'attempt']),
  rules(watchClusterEvents, [{ id: actionId }, 'attempt'], [{ attempt: 1 }, 'id']),
  rules(watchActions, [{}, 'run_id']),
  rules(listActions, [{}, 'run_id']),
  rules(listActionTimes, [{}, 'run_id'], [{ runId, actionNames: Array(501).fill('a0') }, 'action_names']),
  rules(listRuns, [{}, 'scope_by']),
  rules(watchRuns, [{}, 'target']),
  rules(watchGroups, [{ startDate: {} }, 'scope_by'], [{ scopeBy: { case: 'projectId', value: org } }, 'start_date']),
  rules(
    signalEvent,
    [{ payload: { value: { case: 'boolValue', value: true } } }, 'action_id'],
    [{ actionId }, 'payload'],
  ),
  rules(
    ActionsService.method.enqueue,
    [{}, 'action'],
    [childWithRetries({ retries: 11 }), 'action.task.spec.task_template.metadata.retries.retries'],
    [{ action: { actionId, inputUri: '/i', runOutputBase: '/o' } }, 'spec'],
    [{ action: { actionId, runOutputBase: '/o', spec: { case: 'task', value: {} } } }, 'input_uri'],
    [{ action: { actionId, inputUri: '/i', spec: { case: 'task', value: {} } } }, 'run_output_base'],
    [{ action: { actionId, spec: { case: 'condition', value: {} } } }, 'condition.name'],
    [
      { action: { actionId, spec: { case: 'condition', value: { name: 'c', prompt: long(4096) } } } },
      'condition.prompt',
    ],
    [
      { action: { actionId, spec: { case: 'condition', value: { name: 'c', description: long(2048) } } } },
      'condition.description',
    ],
  ),
  rules(
    ActionsService.method.update,
    [{ actionId, status: { attempts: 1 } }, 'attempt'],
    [{ actionId, attempt: 1 }, 'status'],
    [{ actionId, attempt: 1, status: {} }, 'status.attempts'],
  ),
  rules(ActionsService.method.signal, [{ actionId, value: {} }, 'parent_action_name']),
  rules(
    TaskService.method.deployTask,
    [{ spec: aTaskSpec() }, 'task_id'],
    [{ taskId }, 'spec'],
    [{ taskId, spec: {} }, 'spec.task_template'],
    [{ taskId: { ...taskId, name: '' }, spec: aTaskSpec() }, 'task_id.name'],
    [{ taskId: { ...taskId, version: '' }, spec: aTaskSpec() }, 'task_id.version'],
    [{ taskId, spec: { ...aTaskSpec(), shortName: long(63) } }, 'spec.short_name'],
    [inEnvironment(long(63)), 'spec.environment.name'],
    [{ taskId, spec: aTaskSpec(), triggers: [{ name: '', spec: {} }] }, 'triggers[0].name'],
    [{ taskId, spec: aTaskSpec(), triggers: [{ name: 't' }] }, 'triggers[0].spec'],
    [withRetries({ retries: 11 }), 'spec.task_template.metadata.retries.retries'],
    [withRetries({ retries: 1, backoff: { base: aSecondAgo, factor: 1 } }), 'backoff'],
    [withRetries({ retries: 1, backoff: { base: {}, factor: 2, cap: aSecondAgo } }), 'backoff'],
    [withLimits({ queuedTimeout: aSecondAgo }), 'queued_timeout'],
    [withLimits({ deadline: aSecondAgo }), 'deadline'],
    [withRetries({ retries: 1, backoff: { base: {}, factor: 0.5 } }), 'backoff'],
    [withRetries({ retries: 1, backoff: { base: {}, factor: 2 } }), 'backoff'],
  ),
  rules(TaskService.method.getTaskDetails, [{}, 'task_id']),
  rules(TaskService.method.listTasks, [{}, 'scope_by']),
  rules(
    TaskService.method.listVersions,
    [{}, 'task_name'],
    [{ taskName: { ...taskName, name: '' } }, 'task_name.name'],
  ),
  rules(
    TriggerService.method.deployTrigger,
    [{ spec: { taskVersion: 'v1' }, automationSpec: schedule }, 'name'],
    [{ name: { ...triggerName, name: long(255) }, spec: { taskVersion: 'v1' }, automationSpec: schedule }, 'name.name'],
    [{ name: triggerName, spec: { taskVersion: '' }, automationSpec: schedule }, 'spec.task_version'],
    [{ name: triggerName, spec: { taskVersion: 'v1' }, automationSpec: { automation: cron } }, 'automation_spec.type'],
    [
      { name: triggerName, spec: { taskVersion: 'v1' }, automationSpec: rate(0, FixedRateUnit.MINUTE) },
      'automation_spec.schedule.rate.value',
    ],
    [
      { name: triggerName, spec: { taskVersion: 'v1' }, automationSpec: rate(1, FixedRateUnit.UNSPECIFIED) },
      'automation_spec.schedule.rate.unit',
    ],
  ),
  rules(TriggerService.method.listTriggers, [{}, 'scope_by']),
  rules(TriggerService.method.updateTriggers, [{}, 'names']),
  rules(TriggerService.method.deleteTriggers, [{}, 'names']),
  rules(TriggerService.method.getTriggerRevisionDetails, [{ id: { name: triggerName } }, 'id.revision']),
  rules(ProjectService.method.createProject, [{}, 'project'], [{ project: { id: '' } }, 'project.id']),
  rules(
    SettingsService.method.createSettings,
    [{ settings: {} }, 'key'],
    [{ key: settingsKey }, 'settings'],
    [{ key: { project: 'p' }, settings: {} }, 'key'],
  ),
  rules(SettingsService.method.updateSettings, [{ key: settingsKey, settings: {} }, 'version']),
  rules(
    SecretService.method.createSecret,
    [{ secretSpec: { value: { case: 'stringValue', value: 'x' } } }, 'id'],
    [{ id: secretId, secretSpec: {} }, 'secret_spec.value'],
    [{ id: { ...secretId, name: 'a/b' }, secretSpec: { value: { case: 'stringValue', value: 'x' } } }, 'id.name'],
  ),
  rules(
    DataProxyService.method.createUploadLocation,
    [{ domain: 'development', filenameRoot: 'r' }, 'project'],
    [{ project: 'flytesnacks', filenameRoot: 'r' }, 'domain'],
    [{ ...place, contentMd5: new Uint8Array(15) }, 'content_md5'],
  ),
  rules(DataProxyService.method.uploadInputs, [{}, 'id'], [{ id: { case: 'runId', value: runId } }, 'task']),
  rules(
    DataProxyService.method.createDownloadLink,
    [{ source: { case: 'actionAttemptId', value: { actionId, attempt: 1 } } }, 'artifact_type'],
    [{ artifactType: 1 }, 'source'],
    [{ artifactType: 1, source: { case: 'actionAttemptId', value: { actionId } } }, 'attempt'],
  ),
  rules(DataProxyService.method.tailLogs, [{ attempt: 1 }, 'action_id'], [{ actionId }, 'attempt']),
  rules(
    ClusterService.method.selectCluster,
    [{}, 'resource'],
    [{ resource: { case: 'projectId', value: org } }, 'operation'],
  ),
  rules(
    CacheService.method.get,
    [{ baseRequest: { key: 'k' } }, 'identifier'],
    [{ baseRequest: { key: 'k' }, identifier: { ...cacheId, project: '' } }, 'identifier.project'],
  ),
  rules(ArtifactService.method.getArtifact, [{}, 'name']),
  rules(EventsProxyService.method.record, [{}, 'events'], [{ events: [{ attempt: 1 }] }, 'events[0].id']),
  rules(TrackedRunService.method.createRun, [{}, 'id'], [{ id: { case: 'runId', value: runId } }, 'task']),
]

describe.each(table.map(([method, broken]) => [`${method.parent.name}.${method.name}`, method, broken] as const))(
  '%s',
  (_, method, broken) => {
    test.each(broken.map(([request, field], index) => [`${field} (${index + 1})`, request, field] as const))(
      'names %s',
      async (__, request, field) => {
        const error = await refusalOf(method, request)
        expect(error).toMatchObject({ code: Code.InvalidArgument, rawMessage: expect.stringContaining(field) })
      },
    )
  },
)

async function refusalOf(method: DescMethod, request: object): Promise<unknown> {
  const message = create(method.input, request as never)
  try {
    if (method.methodKind === 'unary') {
      await transport.unary(method as DescMethod & { methodKind: 'unary' }, undefined, undefined, {}, message)
    } else {
      const stream = method as DescMethod & { methodKind: 'server_streaming' }
      const requests = (async function* () {
        yield message
      })()
      const { message: answers } = await transport.stream(stream, undefined, undefined, {}, requests)
      for await (const _ of answers) break
    }
    return 'it was not refused'
  } catch (error) {
    return error
  }
}
