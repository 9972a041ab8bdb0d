import { sleep, TaskEnvironment } from '@tern/sdk'
import { backfill, cron, launchPlan, mapOver, refLaunchPlan, workflow } from '@tern/sdk/workflows'
import { z } from 'zod'

// What launch-plans.test.ts deploys and launches.

export const env = new TaskEnvironment({ name: 'plans' })

const scale = env.task({ name: 'scale', inputs: { n: z.int(), by: z.int() }, output: z.int() }, ({ n, by }) => n * by)

const describe = env.task(
  { name: 'describe', inputs: { total: z.int(), region: z.string(), at: z.date() }, output: z.string() },
  ({ total, region, at }, { customContext }) =>
    [region, total, at.getUTCFullYear(), process.env['LEVEL'] ?? '', customContext['tenant'] ?? ''].join(' '),
)

export const report = workflow(
  {
    env,
    name: 'report',
    inputs: { n: z.int(), by: z.int().default(1), region: z.string(), at: z.date().default(new Date(0)) },
    output: z.string(),
  },
  ({ n, by, region, at }) => describe.node({ total: scale.node({ n, by }), region, at }),
)

export const regional = launchPlan(report, {
  name: 'regional',
  description: 'The report of one region',
  defaults: { by: 10 },
  fixed: { region: 'eu' },
  labels: { team: 'ml', tier: 'low' },
  envVars: { LEVEL: 'low' },
  customContext: { tenant: 'acme' },
  autoActivate: true,
})

export const quiet = regional.with({ name: 'quiet', fixed: { region: 'us' }, autoActivate: false })

// Declared before the plan would be deployed, were it not for its node.
export const outer = workflow(
  { env, name: 'outer', inputs: { l: z.array(z.int()) }, outputs: { one: z.string(), all: z.array(z.string()) } },
  ({ l }) => ({ one: regional.node({ n: 1 }), all: mapOver(quiet).node({ n: l }) }),
)

const deployed = refLaunchPlan(
  { name: 'regional' },
  { inputs: { n: z.int(), by: z.int().optional() }, output: z.string() },
)

export const byName = workflow({ env, name: 'by-name', output: z.string() }, () => deployed.node({ n: 3 }))

export const caller = env.task({ name: 'caller', inputs: { n: z.int() }, output: z.string() }, async ({ n }) => {
  const [mine, theirs] = await Promise.all([regional({ n }), deployed({ n, by: 2 })])
  return `${mine}, ${theirs}`
})

const daily = launchPlan(report, {
  name: 'daily',
  fixed: { n: 1, region: 'north' },
  labels: { by: 'backfill' },
  schedule: cron('@daily', { kickoffInput: 'at' }),
})

export const backfilled = backfill(daily, {
  env,
  name: 'backfilled',
  from: new Date('2026-01-01T00:00:00Z'),
  to: new Date('2026-01-03T00:00:00Z'),
}).workflow

export const starter = env.task({ name: 'starter', inputs: { n: z.int() }, output: z.string() }, async ({ n }) => {
  const { name } = await regional.detached({ n })
  return name
})

const waits = env.task({ name: 'waits' }, () => sleep('1h'))

export const alone = launchPlan(waits, { name: 'alone', concurrency: { max: 1, onLimit: 'skip' } })
