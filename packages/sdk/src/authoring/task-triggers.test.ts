import { fromInputs, InvalidArgumentError } from '@tern/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { definitionOf } from './task.ts'
import { TaskEnvironment } from './task-environment.ts'
import { toTaskTriggers } from './task-triggers.ts'
import { type Trigger, triggeredArtifact, triggerTime } from './trigger.ts'

const inputs = { day: z.date(), n: z.int().default(7), label: z.string().optional() }

/** The triggers on the wire of a task that has them. */
function triggersOf(triggers: unknown) {
  const env = new TaskEnvironment({ name: 'triggers' })
  const given = triggers as Trigger<typeof inputs>
  return toTaskTriggers(definitionOf(env.task({ name: 'report', inputs, triggers: given }, () => undefined)))
}

const day = new Date('2026-01-02T03:04:05Z')

describe('a trigger on the wire', () => {
  test('has its schedule, what its runs are like, and their inputs, with the defaults of the task', async () => {
    const [trigger] = await triggersOf({
      name: 'daily',
      description: 'each morning',
      schedule: '0 9 * * *',
      timezone: 'Europe/Berlin',
      inputs: { day: triggerTime, label: 'a' },
      envVars: { A: '1' },
      labels: { team: 'x' },
      customContext: { user: 'Ada' },
      interruptible: false,
      overwriteCache: true,
      queue: 'slow',
      maxActionConcurrency: 4,
    })
    expect(trigger).toMatchObject({
      name: 'daily',
      spec: {
        active: true,
        description: 'each morning',
        runSpec: {
          envs: { values: [{ key: 'A', value: '1' }] },
          labels: { values: { team: 'x' } },
          interruptible: false,
          overwriteCache: true,
          queue: 'slow',
          maxActionConcurrency: 4,
        },
      },
      automationSpec: {
        automation: {
          case: 'schedule',
          value: {
            kickoffTimeInputArg: 'day',
            expression: { case: 'cron', value: { expression: '0 9 * * *', timezone: 'Europe/Berlin' } },
          },
        },
      },
    })
    const given = trigger?.spec?.inputWrapper
    if (given?.case !== 'inputs') throw new Error('it has no inputs')
    expect(fromInputs(given.value)).toEqual({ label: 'a', n: 7 })
    expect(given.value.context).toMatchObject([
      { key: 'user', value: 'Ada' },
      { key: '_u_kickoff_time_input_arg', value: 'day' },
    ])
  })

  test('may be a rate, or an artifact; one alone needs no list', async () => {
    const [rate] = await triggersOf([
      { name: 'often', every: '2h', startAt: day, inputs: { day }, autoActivate: false },
    ])
    expect(rate).toMatchObject({
      spec: { active: false },
      automationSpec: {
        automation: {
          value: { expression: { case: 'rate', value: { value: 120, startTime: { seconds: 1767323045n } } } },
        },
      },
    })
    const [artifact] = await triggersOf({ name: 'new', onArtifact: 'model', inputs: { day, label: triggeredArtifact } })
    expect(artifact?.automationSpec?.automation).toMatchObject({
      case: 'artifact',
      value: { artifactName: 'model', version: '', inputArg: 'label' },
    })
  })

  test('is refused with inputs that are missing, or do not fit', async () => {
    const trigger = { name: 'daily', schedule: '@daily' }
    await expect(triggersOf(trigger)).rejects.toThrow('trigger daily of task triggers.report: missing input day')
    await expect(triggersOf({ ...trigger, inputs: { day: triggerTime, n: 'x' } })).rejects.toThrow(
      /input n .*got string/,
    )
  })
})

test.each<[string, object, string]>([
  ['without a name', { schedule: '@daily' }, 'a trigger must have a name'],
  ['that nothing starts', { name: 't' }, 'trigger t must have one of schedule, every, onArtifact'],
  ['that two things start', { name: 't', schedule: '@daily', every: '1h' }, 'must have one of'],
  ['with a zone for a rate', { name: 't', every: '1h', timezone: 'UTC' }, 'timezone is for a schedule'],
  ['with a start for a schedule', { name: 't', schedule: '@daily', startAt: day }, 'goes with every'],
  ['with half a minute', { name: 't', every: '30s' }, 'every "30s" must be a number of whole minutes'],
  ['that runs one action at a time', { name: 't', every: '1m', maxActionConcurrency: 1 }, '0 (no limit), or 2 or more'],
  ['with an input that there is not', { name: 't', every: '1m', inputs: { x: 1 } }, 'the task has no input x'],
  ['with an artifact by the clock', { name: 't', every: '1m', inputs: { n: triggeredArtifact } }, 'has none'],
  ['with a time of an artifact', { name: 't', onArtifact: 'a', inputs: { day: triggerTime } }, 'has none'],
  ['with two times', { name: 't', every: '1m', inputs: { day: triggerTime, n: triggerTime } }, 'one input can have it'],
  ['of no such option', { name: 't', every: '1m', cron: 'x' }, 'trigger t: unknown option "cron"'],
])('a trigger %s is refused', (_name, trigger, message) => {
  expect(() => triggersOf(trigger)).toThrow(InvalidArgumentError)
  expect(() => triggersOf(trigger)).toThrow(message)
})

test('two triggers of one name are refused, and triggers anywhere but with a task', () => {
  const trigger = { name: 't', every: '1h' }
  expect(() => triggersOf([trigger, trigger])).toThrow('two triggers with the name "t"')
  expect(() => new TaskEnvironment({ name: 'a', triggers: [] } as object as { name: string })).toThrow(
    'triggers is no option here: it belongs to env.task(…)',
  )
})
