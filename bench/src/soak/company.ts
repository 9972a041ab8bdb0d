import { create } from '@bufbuild/protobuf'
import { TaskTriggerSchema, TriggerAutomationSpecType } from '@tern/idl/task'
import { Code, ConnectError } from '@connectrpc/connect'
import type { Clients } from '../clients.ts'
import { place, sleepInputs, sleepSpec } from '../load/specs.ts'

const schedules = 20

/** Watches a run and its actions, and goes away: at its end, or in the middle. */
export async function watchForAWhile({ runs }: Clients, name: string): Promise<void> {
  const leaves = new AbortController()
  const timer = setTimeout(() => leaves.abort(), Math.random() * 2_000)
  const { signal } = leaves
  const runId = { ...place, name }
  await Promise.all([
    drain(runs.watchRunDetails({ runId }, { signal })),
    drain(runs.watchActions({ runId }, { signal })),
  ])
  clearTimeout(timer)
}

async function drain(messages: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _ of messages);
  } catch (error) {
    if (ConnectError.from(error).code !== Code.Canceled) throw error
  }
}

/** Triggers that fire each minute, and start runs that end at once. */
export async function deploySchedules({ tasks }: Clients): Promise<void> {
  const name = 'load.scheduled'
  const triggers = Array.from({ length: schedules }, (_, index) => aTrigger(`each-minute-${index}`))
  await tasks.deployTask({ taskId: { ...place, name, version: 'v1' }, spec: sleepSpec(name), triggers })
}

function aTrigger(name: string) {
  return create(TaskTriggerSchema, {
    name,
    spec: { active: true, inputWrapper: { case: 'inputs', value: sleepInputs('0s') } },
    automationSpec: {
      type: TriggerAutomationSpecType.TYPE_SCHEDULE,
      automation: {
        case: 'schedule',
        value: {
          expression: { case: 'cron', value: { expression: '* * * * *', timezone: '' } },
          kickoffTimeInputArg: '',
        },
      },
    },
  })
}
