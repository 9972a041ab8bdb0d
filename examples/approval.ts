import { randomUUID } from 'node:crypto'
import { ConditionTimedOutError, condition, NonRecoverableError, now, sleep, TaskEnvironment, trace } from '@tern/sdk'
import { z } from 'zod'

// A pipeline that asks a person, and acts once:
//   tern run examples/approval.ts main
//   tern get condition RUN
//   tern signal condition RUN release true
// In this process, where it asks on the terminal:
//   tern run examples/approval.ts main --local

export const env = new TaskEnvironment({ name: 'approval', description: 'Invoices that somebody has to release' })

const Invoice = z.object({ number: z.string(), supplier: z.string(), amount: z.number() })
type Invoice = z.infer<typeof Invoice>

const Payment = z.object({ invoice: z.string(), amount: z.number(), reference: z.string(), at: z.date() })

const Result = z.object({ outcome: z.enum(['paid', 'refused', 'nobody answered']), payments: z.array(Payment) })

const invoices: readonly Invoice[] = [
  { number: 'A-17', supplier: 'Lovelace Looms', amount: 120.5 },
  { number: 'B-04', supplier: 'Hopper Hardware', amount: 1980 },
  { number: 'C-33', supplier: 'Hamilton Heavy Lift', amount: 42 },
]

class OverLimitError extends NonRecoverableError {}

// The bank would pay a second time if it were asked a second time. A traced call that has ended is not made again,
// whatever becomes of the task that makes it.
const pay = trace(
  { name: 'pay', inputs: { invoice: Invoice }, output: Payment.omit({ at: true }) },
  async ({ invoice: { number, supplier, amount } }) => {
    if (amount > 10_000) throw new OverLimitError(`${number}: ${amount} for ${supplier} is over the limit`)
    process.stdout.write(`paid ${amount.toFixed(2)} to ${supplier}\n`)
    return { invoice: number, amount, reference: randomUUID() }
  },
)

/** Those that are to be paid, the small ones first. */
const collect = env.task({ name: 'collect', output: z.array(Invoice) }, () =>
  invoices.toSorted((a, b) => a.amount - b.amount),
)

const settle = env.task(
  { name: 'settle', inputs: { invoice: Invoice }, output: Payment, retries: 3 },
  async ({ invoice }) => ({ ...(await pay({ invoice })), at: await now() }),
)

/** Whether somebody says so; undefined when nobody says anything. */
async function isReleased(due: readonly Invoice[], patience: string): Promise<boolean | undefined> {
  const total = due.reduce((sum, { amount }) => sum + amount, 0)
  try {
    return await condition({
      name: 'release',
      prompt: `Pay **${total.toFixed(2)}** for ${due.length} invoices?`,
      promptType: 'markdown',
      description: due.map(({ number, supplier, amount }) => `${number} ${supplier}: ${amount.toFixed(2)}`).join('\n'),
      timeout: patience,
    })
  } catch (error) {
    if (error instanceof ConditionTimedOutError) return undefined
    throw error
  }
}

/** Collects invoices, asks whether to pay them, lets some time pass to call it off, and pays. */
export const main = env.task(
  {
    name: 'main',
    inputs: {
      patience: z.string().default('3d').describe('how long to wait for an answer'),
      grace: z.string().default('1s').describe('how long the payments can still be called off, by aborting the run'),
    },
    output: Result,
  },
  async ({ patience, grace }) => {
    const due = await collect()
    const released = await isReleased(due, patience)
    if (released === undefined) return { outcome: 'nobody answered' as const, payments: [] }
    if (!released) return { outcome: 'refused' as const, payments: [] }
    await sleep(grace)
    const payments = await Promise.all(due.map((invoice) => settle({ invoice })))
    return { outcome: 'paid' as const, payments }
  },
)
