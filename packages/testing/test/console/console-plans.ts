// Launch plans, and what they launch, for the console to show.
import { TaskEnvironment } from '@tern/sdk'
import { cron, launchPlan, workflow } from '@tern/sdk/workflows'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'billing' })

const collect = env.task(
  { name: 'collect', inputs: { region: z.string(), day: z.date() }, output: z.array(z.number()) },
  ({ region }) => Array.from(region, (_, index) => index * 10),
)
const total = env.task(
  { name: 'total', inputs: { amounts: z.array(z.number()), discount: z.number() }, output: z.number() },
  ({ amounts, discount }) => amounts.reduce((sum, each) => sum + each, 0) * (1 - discount),
)

export const invoice = workflow(
  {
    env,
    name: 'invoice',
    inputs: { region: z.string(), discount: z.number(), day: z.date() },
    output: z.number(),
  },
  ({ region, discount, day }) => total.node({ amounts: collect.node({ region, day }), discount }),
)

export const nightly = launchPlan(invoice, {
  name: 'nightly-invoices',
  description: 'Bills what was sold in Europe',
  fixed: { region: 'europe' },
  defaults: { discount: 0.1 },
  schedule: cron('30 2 * * *', { tz: 'Asia/Tokyo', kickoffInput: 'day' }),
  labels: { team: 'billing' },
  customContext: { ledger: 'main' },
  concurrency: { max: 1, onLimit: 'queue' },
  autoActivate: true,
})

export const byHand = launchPlan(invoice, { name: 'invoice-by-hand', fixed: { discount: 0 } })
