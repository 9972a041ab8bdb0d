import { NonRecoverableError, TaskEnvironment, TaskFailedError } from '@tern/sdk'
import { z } from 'zod'

// A pipeline that meets bad data. It fails, and says which row is to blame:
//   tern run examples/etl-with-failure.ts main --follow
// Told to, it leaves bad rows out, and says which:
//   tern run examples/etl-with-failure.ts main --on-bad-row skip --follow

export const env = new TaskEnvironment({ name: 'etl', description: 'Orders, some of them wrong' })

const ordersCsv = `order,customer,amount
1001,Ada,120.50
1002,Grace,80
1003,Edsger,99.90
1004,Barbara,12.5O
1005,Alan,45.25
1006,,60
1007,Katherine,210
`

const Row = z.object({ line: z.int(), text: z.string() })
const Order = z.object({ id: z.int(), customer: z.string(), amount: z.number() })
const OnBadRow = z.enum(['fail', 'skip'])

const Result = z.object({
  orders: z.int(),
  total: z.number(),
  skipped: z.array(z.string()),
})

/** Trying again does not make a bad row better, so no retry follows. */
class BadRowError extends NonRecoverableError {}

export const extract = env.task({ name: 'extract', output: z.array(Row), docs: 'Reads the rows of the file' }, () => {
  const [, ...rows] = ordersCsv.trimEnd().split('\n')
  console.log(`read ${rows.length} rows`)
  return rows.map((text, index) => ({ line: index + 2, text }))
})

export const toOrder = env.task(
  { name: 'to-order', inputs: { row: Row }, output: Order, retries: 2, docs: 'Turns a row into an order' },
  ({ row }) => {
    const [id = '', customer = '', amount = ''] = row.text.split(',')
    if (customer === '') throw new BadRowError(`line ${row.line}, order ${id}: customer is empty`)
    if (!/^\d+(\.\d+)?$/.test(amount)) {
      throw new BadRowError(`line ${row.line}, order ${id}: amount ${JSON.stringify(amount)} is not a number`)
    }
    return { id: Number(id), customer, amount: Number(amount) }
  },
)

export const load = env.task(
  { name: 'load', inputs: { orders: z.array(Order), skipped: z.array(z.string()) }, output: Result },
  ({ orders, skipped }) => {
    const cents = orders.reduce((sum, order) => sum + Math.round(order.amount * 100), 0)
    return { orders: orders.length, total: cents / 100, skipped }
  },
)

export const main = env.task(
  {
    name: 'main',
    inputs: { onBadRow: OnBadRow.default('fail').describe('what to do about a row that is wrong') },
    output: Result,
    docs: 'Extracts orders, checks each, and adds them up',
  },
  async ({ onBadRow }) => {
    const rows = await extract()
    const outcomes = await Promise.allSettled(rows.map((row) => toOrder({ row })))
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as unknown)
    if (onBadRow === 'fail' && failures.length > 0) throw failures[0]
    const skipped = failures.map(messageOfBadRow)
    for (const message of skipped) console.warn(`left out ${message}`)
    const orders = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value)
    return await load({ orders, skipped })
  },
)

/** What was wrong with a row. Whatever else went wrong is not a row's fault, and fails the run. */
function messageOfBadRow(failure: unknown): string {
  if (failure instanceof TaskFailedError && failure.code === 'BadRowError') return failure.message
  if (failure instanceof BadRowError) return failure.message
  throw failure
}
