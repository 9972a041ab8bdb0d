import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { type InputsOf, type ResultOf, run, TaskEnvironment } from '../index.ts'
import { cron, every, type LaunchPlan, launchPlan, mapOver, type Ref, refLaunchPlan, workflow } from '../workflows.ts'

const env = new TaskEnvironment({ name: 'plan-types' })

const report = workflow(
  {
    env,
    name: 'report',
    inputs: { n: z.int(), label: z.string().default('z'), at: z.date(), until: z.date().optional() },
    output: z.int(),
  },
  ({ n }) => n,
)
const at = new Date(0)

test('L-2: inputs that are fixed vanish, and those with defaults may be left out', () => {
  const plan = launchPlan(report, { name: 'p', defaults: { n: 1 }, fixed: { label: 'a' } })
  expectTypeOf<InputsOf<typeof plan>>().toEqualTypeOf<{ n?: number | undefined; at: Date; until?: Date | undefined }>()
  expectTypeOf<ResultOf<typeof plan>>().toEqualTypeOf<number>()
  void (() => {
    void plan({ at })
    void run(plan, { at, n: 2 })
    // @ts-expect-error at is missing
    void plan({})
    // @ts-expect-error label is fixed
    void plan({ at, label: 'b' })
    // @ts-expect-error label is fixed
    void run(plan, { at, label: 'b' })
  })
})

test('what is in both is fixed', () => {
  const plan = launchPlan(report, { name: 'p', defaults: { n: 1, label: 'b' }, fixed: { label: 'a' } })
  expectTypeOf<keyof InputsOf<typeof plan>>().toEqualTypeOf<'n' | 'at' | 'until'>()
})

test('without saved inputs it takes what it launches takes', () => {
  const plan = launchPlan(report, { name: 'p' })
  expectTypeOf<InputsOf<typeof plan>>().toEqualTypeOf<InputsOf<typeof report>>()
  expectTypeOf<InputsOf<typeof report.defaultLaunchPlan>>().toEqualTypeOf<InputsOf<typeof report>>()
  const bare = launchPlan(
    env.task({ name: 'bare', output: z.string() }, () => ''),
    { name: 'p' },
  )
  void (() => {
    void bare()
    void run(bare)
    void run.local(bare, {}, { envVars: {} })
  })
  expectTypeOf(bare).toExtend<LaunchPlan>()
})

test('L-3: saved inputs are inputs, with values that fit', () => {
  // @ts-expect-error a text
  launchPlan(report, { name: 'p', defaults: { n: 'two' } })
  // @ts-expect-error no such input
  launchPlan(report, { name: 'p', fixed: { m: 1 } })
  // @ts-expect-error no such option
  launchPlan(report, { name: 'p', schedules: cron('@daily') })
  // @ts-expect-error not one of these
  launchPlan(report, { name: 'p', concurrency: { max: 1, onLimit: 'wait' } })
})

test('S-5: kickoffInput is an input that takes a date', () => {
  launchPlan(report, { name: 'p', fixed: { n: 1 }, schedule: cron('@daily', { kickoffInput: 'at' }) })
  launchPlan(report, { name: 'p', fixed: { n: 1, at }, schedule: every('1h', { kickoffInput: 'until' }) })
  // @ts-expect-error a text
  launchPlan(report, { name: 'p', fixed: { n: 1, at }, schedule: cron('@daily', { kickoffInput: 'label' }) })
  // @ts-expect-error no such input
  launchPlan(report, { name: 'p', fixed: { n: 1, at }, schedule: every('1h', { kickoffInput: 'when' }) })
})

test('S-7: a plan with a schedule has a value for every input', () => {
  launchPlan(report, { name: 'p', fixed: { n: 1 }, defaults: { at }, schedule: cron('@daily') })
  // @ts-expect-error n and at
  launchPlan(report, { name: 'p', schedule: cron('@daily') })
  // @ts-expect-error n
  launchPlan(report, { name: 'p', schedule: cron('@daily', { kickoffInput: 'at' }) })
  // @ts-expect-error at
  launchPlan(report, { name: 'p', fixed: { n: 1 }, schedule: every('1h') })
})

test('L-7: with keeps what is not said anew', () => {
  const plan = launchPlan(report, { name: 'p', defaults: { n: 1 }, fixed: { label: 'a' } })
  const other = plan.with({ name: 'q', fixed: { at } })
  expectTypeOf<keyof InputsOf<typeof other>>().toEqualTypeOf<'n' | 'label' | 'until'>()
  const same = plan.with({ name: 'q' })
  expectTypeOf<InputsOf<typeof same>>().toEqualTypeOf<InputsOf<typeof plan>>()
  // @ts-expect-error a launch plan has no options of tasks
  void (() => plan.override({ retries: 1 }))
  // @ts-expect-error it needs a name
  void (() => plan.with({ labels: {} }))
})

test('L-8, L-9, TS-9: as a node', () => {
  const plan = launchPlan(report, { name: 'p', defaults: { n: 1 }, fixed: { label: 'a' } })
  workflow({ env, name: 'w', inputs: { d: z.date(), ds: z.array(z.date()) } }, ({ d, ds }) => {
    expectTypeOf(plan.node({ at: d }, { nodeName: 'a', name: 'A', after: [] })).toEqualTypeOf<Ref<number>>()
    // @ts-expect-error label is fixed
    plan.node({ at: d, label: 'b' })
    // @ts-expect-error options of tasks
    plan.node({ at: d }, { retries: 2 })
    expectTypeOf(mapOver(plan).node({ at: ds })).toEqualTypeOf<Ref<number[]>>()
    // @ts-expect-error label is fixed
    mapOver(plan).node({ at: ds, label: ['b'] })
  })
})

test('of a task with inputs one after the other, they are named', () => {
  const derived = env.task(async (_options: { x: number; label?: string }): Promise<string> => '')
  const plan = launchPlan(derived, { name: 'p', fixed: { x: 1 } })
  expectTypeOf<InputsOf<typeof plan>>().toEqualTypeOf<{ label?: string }>()
})

test('R-1: references take what is declared', () => {
  const score = refLaunchPlan(
    { name: 'score' },
    { inputs: { rows: z.int(), by: z.string().optional() }, output: z.number() },
  )
  expectTypeOf<InputsOf<typeof score>>().toEqualTypeOf<{ rows: number; by?: string | undefined }>()
  expectTypeOf<ResultOf<typeof score>>().toEqualTypeOf<number>()
  void (() => run(score, { rows: 1 }))
  // @ts-expect-error rows is missing
  void (() => run(score, {}))
})
