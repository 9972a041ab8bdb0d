// Tasks whose runs the tests of the console look at.
import { condition, DataFrame, File, group, report, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'console' })

export const double = env.task({ name: 'double', inputs: { x: z.int() }, output: z.int() }, ({ x }) => 2 * x)

/** Calls so many others, in a group. */
export const fan = env.task({ name: 'fan', inputs: { width: z.int() }, output: z.int() }, async ({ width }) => {
  const found = await group('doubles', () => Promise.all(Array.from({ length: width }, (_, x) => double({ x }))))
  return found.reduce((sum, each) => sum + each, 0)
})

class SpoiltMilkError extends Error {}

export const pour = env.task({ name: 'pour', inputs: { glass: z.int() } }, ({ glass }) => {
  process.stdout.write(`pouring glass ${glass}\n`)
  if (glass === 2) throw new SpoiltMilkError('the milk of glass 2 has turned', { cause: new TypeError('no fridge') })
})

/** Fails in one of its parts. */
export const breakfast = env.task({ name: 'breakfast' }, async () => {
  await Promise.all([1, 2, 3].map((glass) => pour({ glass })))
})

/** Writes lines without end, until it is aborted. */
export const patient = env.task({ name: 'patient' }, async (_, { signal }) => {
  for (let line = 1; !signal.aborted; line++) {
    process.stdout.write(`line ${line}\n`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  signal.throwIfAborted()
})

/** Waits for an answer, and gives it back. */
export const asking = env.task({ name: 'asking', output: z.string() }, async () => {
  const isGood = await condition({ name: 'taste', prompt: 'Is it **good**? <b>Really</b>?', promptType: 'markdown' })
  return isGood ? 'it was good' : 'it was bad'
})

/** Waits for a number. */
export const counting = env.task({ name: 'counting', output: z.int() }, () =>
  condition({ name: 'how many', prompt: 'How many?', type: 'integer' }),
)

/** Leaves a report that tries what it must not. */
export const reporting = env.task({ name: 'reporting', report: true }, () => {
  report().html('<h1>Quarterly</h1><script>document.title = String(window.origin)</script>')
})

export const odd = env.task({ name: 'odd', inputs: { x: z.int() }, output: z.int() }, ({ x }) => {
  if (x % 1000 === 1) throw new RangeError(`${x} is too odd`)
  return x
})

/** So many at once, of which every thousandth fails. */
export const crowd = env.task({ name: 'crowd', inputs: { width: z.int() }, output: z.int() }, async ({ width }) => {
  const found = await group('crowd', () => Promise.allSettled(Array.from({ length: width }, (_, x) => odd({ x }))))
  return found.length
})

export const rest = env.task({ name: 'rest', inputs: { x: z.int() } }, (_, { signal }) => {
  return new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
})

/** So many at once, which do nothing until they are aborted. */
export const resting = env.task({ name: 'resting', inputs: { width: z.int() } }, async ({ width }) => {
  await group('rest', () => Promise.all(Array.from({ length: width }, (_, x) => rest({ x }))))
})

/** Fails with much to say. */
export const wordy = env.task({ name: 'wordy' }, () => {
  const rows = Array.from({ length: 400 }, (_, row) => `row ${row} was not understood`)
  throw new Error(`the answer was wrong\n${rows.join('\n')}`)
})

const cityColumns = { city: 'string', people: 'int64' } as const

/** Gives back a table, and a file that looks like a page. */
export const filing = env.task(
  { name: 'filing', outputs: { cities: DataFrame.schema({ columns: cityColumns }), note: File.schema() } },
  () => ({
    cities: DataFrame.fromRows(
      [
        { city: 'Delft', people: 109_577 },
        { city: 'Gent', people: 270_473 },
      ],
      { columns: cityColumns },
    ),
    note: File.fromText('<img src=x onerror="document.title=1">', { name: 'note.txt' }),
  }),
)
