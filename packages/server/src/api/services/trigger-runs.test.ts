import { create, fromBinary } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { literalTypes, typedInterface } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { InputsSchema, RunSpecSchema, type TaskSpec, TriggerAutomationSpecType } from '@tern/idl/task'
import { RunSource } from '@tern/idl/workflow'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firingName } from '../../triggers/firing-name.ts'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aTaskSpec, inputsOf, place, projectId } from '../test/fixtures.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'

let api: TestApi
let clients: Clients
beforeAll(async () => {
  api = await startApi()
  clients = createClients(createConnectTransport({ baseUrl: api.url, httpVersion: '1.1' }))
})
afterAll(() => api.close())

const noon = Date.parse('2026-05-01T12:00:00Z')

/** The task `env.main`, which also takes the time it is started at, and whose results are cached. */
function aTimedTask(name: string): TaskSpec {
  const spec = aTaskSpec({ name })
  const template = spec.taskTemplate!
  template.interface = typedInterface({
    inputs: { x: literalTypes.integer(), label: literalTypes.string(), at: literalTypes.datetime() },
    outputs: { o0: literalTypes.integer() },
  })
  template.metadata!.discoverable = true
  template.metadata!.discoveryVersion = '1'
  return spec
}

async function deploy(
  task: string,
  spec: TaskSpec,
  kickoffTimeInputArg = '',
  expression = '0 12 * * *',
): Promise<void> {
  await clients.tasks.deployTask({
    taskId: { ...place, name: task, version: 'v1' },
    spec,
    triggers: [
      {
        name: 'noon',
        spec: {
          active: true,
          inputWrapper: { case: 'inputs', value: inputsOf(7) },
          runSpec: create(RunSpecSchema, { labels: { values: { team: 'etl' } } }),
        },
        automationSpec: {
          type: TriggerAutomationSpecType.TYPE_SCHEDULE,
          automation: {
            case: 'schedule',
            value: {
              expression: { case: 'cron', value: { expression, timezone: '' } },
              kickoffTimeInputArg,
            },
          },
        },
      },
    ],
  })
}

const triggerOf = (task: string) =>
  ({ case: 'triggerName', value: { ...place, taskName: task, name: 'noon' } }) as const

async function start(task: string, name: string, at = noon): Promise<void> {
  await clients.runs.createRun({
    id: { case: 'runId', value: { ...place, name } },
    task: triggerOf(task),
    runStartTime: timestampFromMs(at),
  })
}

async function inputsGiven(run: string) {
  const attemptOf = () => api.executor.attempts.find((attempt) => attempt.run.run === run)
  await api.executor.until(() => attemptOf() !== undefined)
  const { inputs } = attemptOf() as { readonly inputs: { readonly bytes: Uint8Array } }
  return fromBinary(InputsSchema, inputs.bytes)
}

async function phaseOf(run: string) {
  return (await api.repositories.actions.find({ ...place, run, action: 'a0' }))?.phase
}

test('a run of a trigger has its inputs, its run spec, and says where it comes from', async () => {
  await deploy('env.plain', aTaskSpec({ name: 'env.plain' }))
  await start('env.plain', 'plain')
  expect((await inputsGiven('plain')).literals.map(({ name }) => name)).toEqual(['label', 'x'])
  const { details } = await clients.runs.getRunDetails({ runId: { ...place, name: 'plain' } })
  expect(details?.runSpec).toMatchObject({ labels: { values: { team: 'etl' } }, runStartTime: timestampFromMs(noon) })
  expect(details?.action?.metadata).toMatchObject({
    source: RunSource.SCHEDULE_TRIGGER,
    triggerName: 'noon',
    triggerId: { name: { ...place, taskName: 'env.plain', name: 'noon' }, revision: 1n },
  })
  const { runs } = await clients.runs.listRuns({ scopeBy: triggerOf('env.plain') })
  expect(runs.map(({ action }) => action?.id?.run?.name)).toEqual(['plain'])
})

test('the request wins over what the trigger says', async () => {
  await deploy('env.other', aTaskSpec({ name: 'env.other' }))
  await clients.runs.createRun({
    id: { case: 'runId', value: { ...place, name: 'other' } },
    task: triggerOf('env.other'),
    source: RunSource.CLI,
    runSpec: create(RunSpecSchema, { labels: { values: { mine: 'yes' } } }),
    inputWrapper: { case: 'inputs', value: inputsOf(2) },
  })
  const { details } = await clients.runs.getRunDetails({ runId: { ...place, name: 'other' } })
  expect(details?.runSpec?.labels?.values).toEqual({ mine: 'yes' })
  expect(details?.action?.metadata?.source).toBe(RunSource.CLI)
})

test('the time of the firing is an input, and a part of the cache key', async () => {
  await deploy('env.timed', aTimedTask('env.timed'), 'at')
  await start('env.timed', 'timed-1')
  const inputs = await inputsGiven('timed-1')
  expect(inputs.context).toMatchObject([{ key: '_u_kickoff_time_input_arg', value: 'at' }])
  expect(inputs.literals.map(({ name }) => name)).toEqual(['at', 'label', 'x'])
  expect(inputs.literals[0]?.value?.value).toMatchObject({
    value: { value: { value: { value: { value: timestampFromMs(noon) } } } },
  })
  const script = new Script(api)
  await script.succeed('timed-1', 'a0')
  await start('env.timed', 'timed-2')
  await start('env.timed', 'timed-3', noon + 86_400_000)
  await inputsGiven('timed-3')
  await expect.poll(() => phaseOf('timed-2')).toBe(ActionPhase.SUCCEEDED)
  expect(api.executor.attempts.some(({ run }) => run.run === 'timed-2')).toBe(false)
})

test('what cannot be started is refused', async () => {
  await deploy('env.refused', aTaskSpec({ name: 'env.refused' }))
  const create_ = (taskName: string, id: typeof projectId | { name: string; domain: string } = projectId) =>
    clients.runs.createRun({ id: { case: 'projectId', value: id }, task: triggerOf(taskName) })
  await expectRefused(create_('env.nothing'), Code.NotFound, 'noon')
  await expectRefused(create_('env.refused', { ...projectId, domain: 'staging' }), Code.InvalidArgument, 'staging')
  await clients.triggers.deleteTriggers({ names: [triggerOf('env.refused').value] })
  await expectRefused(create_('env.refused'), Code.NotFound, 'noon')
})

test('inputs can be uploaded for a trigger', async () => {
  await deploy('env.upload', aTaskSpec({ name: 'env.upload' }))
  const { offloadedInputData } = await clients.data.uploadInputs({
    id: { case: 'projectId', value: projectId },
    task: triggerOf('env.upload'),
    inputs: inputsOf(3),
  })
  expect(offloadedInputData?.uri).toContain('/')
})

test('schedules start runs by themselves, as long as they are on', async () => {
  await deploy('env.often', aTimedTask('env.often'), 'at', '@every 1s')
  await api.scheduler.start()
  const started = () => api.executor.attempts.filter(({ spec }) => spec.taskName === 'env.often')
  await api.executor.until(() => started().length === 2)
  await clients.triggers.updateTriggers({ names: [triggerOf('env.often').value], active: false })
  // What is being fired is recorded then.
  await api.scheduler.stop()
  const { runs } = await clients.runs.listRuns({ scopeBy: triggerOf('env.often') })
  expect(runs[0]?.action?.metadata).toMatchObject({ source: RunSource.SCHEDULE_TRIGGER, triggerName: 'noon' })
  const latest = started().at(-1)
  const { trigger } = await clients.triggers.getTriggerDetails({ name: triggerOf('env.often').value })
  const scheduledAt = Number(trigger?.status?.triggeredAt?.seconds) * 1000
  expect(scheduledAt).toBe(latest?.runStartAt)
  expect(latest?.run.run).toBe(firingName({ ...place, taskName: 'env.often', name: 'noon' }, scheduledAt))
})
