// Tasks that end in all the ways that there are, to be run locally and on a server.
import {
  condition,
  ctx,
  customContext,
  DataFrame,
  File,
  group,
  map,
  newCondition,
  NonRecoverableError,
  RecoverableError,
  report,
  sleep,
  TaskEnvironment,
  trace,
} from '@tern/sdk'
import { InternalError } from '@tern/core'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'parity', envVars: { COLOR: 'red' } })
const other = new TaskEnvironment({ name: 'parity-other', envVars: { COLOR: 'blue' }, secrets: 'parity-key' })

class OutOfPaperError extends Error {}
class TornPaperError extends RecoverableError {}

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))

/** What a parent sees of an error. */
const seen = (error: Error & { code?: string; kind?: string; actionName?: string }) =>
  [error.name, error.code, error.kind, error.message].join(' | ')

const double = env.task({ name: 'double', inputs: { x: z.int() }, output: z.int() }, ({ x }) => 2 * x)

export const fanOut = env.task(
  { name: 'fan-out', inputs: { numbers: z.array(z.int()) }, output: z.int() },
  async ({ numbers }) => {
    const all = await Promise.all(numbers.map((x) => double({ x })))
    const grouped = await group('again', () => Promise.all([double({ x: 1 }), double({ x: 1 })]))
    return [...all, ...grouped].reduce((a, b) => a + b, 0)
  },
)

const jam = env.task({ name: 'jam', inputs: { how: z.string() }, output: z.string() }, ({ how }) => {
  if (how === 'plain') throw new OutOfPaperError('no paper', { cause: new TypeError('empty') })
  if (how === 'text') throw 'just a text'
  if (how === 'wrong') return 5 as never
  if (how === 'exit') process.exit(3)
  throw new NonRecoverableError('for good')
})

export const caught = env.task({ name: 'caught', output: z.array(z.string()) }, () =>
  Promise.all(['plain', 'text', 'wrong', 'exit', 'final'].map((how) => jam({ how }).catch(seen))),
)

export const uncaught = env.task({ name: 'uncaught', output: z.string() }, () => jam({ how: 'plain' }))

export const flaky = env.task(
  { name: 'flaky', output: z.int(), retries: { count: 3, backoff: { base: '20ms', factor: 2, cap: '1s' } } },
  async (_, { attempt }) => {
    const first = await double({ x: 5 })
    if (attempt < 3) throw new Error(`attempt ${attempt}`)
    return first + attempt
  },
)

export const spent = env.task({ name: 'spent', retries: 1 }, () => {
  throw new OutOfPaperError('again and again')
})

export const hopeless = env.task({ name: 'hopeless', retries: 5 }, () => {
  throw new NonRecoverableError('never')
})

export const picky = env.task(
  { name: 'picky', output: z.int(), retries: { count: 5, on: 'recoverable' } },
  (_, context) => {
    if (context.attempt < 3) throw new TornPaperError('torn')
    throw new OutOfPaperError('none left')
  },
)

export const slow = env.task({ name: 'slow', timeout: '100ms', retries: 1 }, (_, { signal }) => untilAborted(signal))

export const slowOnce = env.task(
  { name: 'slow-once', output: z.string(), timeout: '2s', retries: { count: 1, onTimeout: true } },
  async (_, { attempt, signal }) => (attempt === 1 ? untilAborted(signal) : 'done'),
)

export const late = env.task({ name: 'late', timeout: { deadline: '2s' }, retries: 5 }, (_, { signal }) =>
  untilAborted(signal),
)

const endless = env.task({ name: 'endless', inputs: { n: z.int() } }, async (_inputs, { signal }): Promise<void> => {
  await untilAborted(signal)
})

/** Its child is told to stop, and so are those that nobody waits for. */
export const givingUp = env.task({ name: 'giving-up', output: z.array(z.string()) }, async () => {
  const controller = new AbortController()
  const first = endless({ n: 1 }, { signal: controller.signal }).then(() => 'ended', seen)
  void endless({ n: 2 }).catch(() => undefined)
  // By then both have begun.
  await sleep('1500ms')
  controller.abort(new Error('no longer wanted'))
  return [await first]
})

/** Told to stop by whoever runs it. */
export const waiting = env.task({ name: 'waiting' }, async () => {
  await Promise.all([endless({ n: 1 }), sleep('1h')])
})

const hurried = env.task({ name: 'hurried', timeout: '80ms' }, (_, { signal }) => untilAborted(signal))

export const timedOutChild = env.task({ name: 'timed-out-child', output: z.string() }, () =>
  hurried().then(() => 'in time', seen),
)

export const cached = env.task(
  {
    name: 'cached',
    inputs: { x: z.int(), note: z.string() },
    output: z.string(),
    cache: { version: '1', ignoredInputs: 'note' },
  },
  ({ x, note }) => `${x} ${note}`,
)

const serialized = env.task(
  { name: 'serialized', inputs: { x: z.int() }, output: z.int(), cache: { version: '2', serialize: true } },
  async ({ x }) => {
    await sleep('50ms')
    return x
  },
)

export const cachedTwice = env.task({ name: 'cached-twice', output: z.array(z.string()) }, async () => {
  const first = await cached({ x: 1, note: 'first' })
  const second = await cached({ x: 1, note: 'second' })
  const both = await Promise.all([group('a', () => serialized({ x: 1 })), group('b', () => serialized({ x: 1 }))])
  return [first, second, ...both.map(String)]
})

const step = trace({ name: 'step' }, async (n: number) => n + 1)
const refused = trace({ name: 'refused' }, () => {
  throw new NonRecoverableError('no')
})

export const traced = env.task({ name: 'traced', output: z.array(z.string()), retries: 1 }, async (_, { attempt }) => {
  const sum = (await step(1)) + (await step(1))
  const error = await refused().catch(seen)
  if (attempt === 1) throw new Error('again')
  return [String(sum), error]
})

export const asking = env.task({ name: 'asking', output: z.array(z.string()) }, async () => {
  const count = newCondition({ name: 'count', type: 'integer', prompt: 'How many?' })
  const late = condition({ name: 'late', prompt: 'Soon?', timeout: '150ms' }).then(String, seen)
  return [await late, String(await count.wait())]
})

const look = () => ({
  color: process.env['COLOR'] ?? 'none',
  secret: process.env['PARITY_KEY'] ?? 'none',
  run: process.env['RUN_VAR'] ?? 'none',
})
const looked = z.record(z.string(), z.string())
const lookHere = env.task({ name: 'look', output: looked }, look)
const lookThere = other.task({ name: 'look', output: looked }, look)

export const variables = env.task({ name: 'variables', output: z.array(looked) }, () =>
  Promise.all([lookHere(), lookThere(), lookHere.override({ envVars: { COLOR: 'green' } })()]),
)

const secretive = env.task({ name: 'secretive' }, () => undefined)

export const secretless = env.task({ name: 'secretless', output: z.string() }, () =>
  secretive
    .override({ secrets: 'there-is-none' })()
    .then(
      () => 'there is',
      (error: Error & { code?: string }) => `${error.name} ${error.code}`,
    ),
)

const count = env.task(
  { name: 'count', inputs: { file: File.schema(), frame: DataFrame.schema() }, output: z.int() },
  async ({ file, frame }) => {
    const text = await file.text()
    return text.length + (await frame.count())
  },
)

export const files = env.task({ name: 'files', output: z.int(), report: true }, async () => {
  report().text('files')
  return count({
    file: File.fromText('hello', { name: 'hello.txt' }),
    frame: DataFrame.fromRows([{ x: 1 }, { x: 2 }]),
  })
})

export const context = env.task({ name: 'context', inputs: { x: z.int() }, output: z.array(z.string()) }, async () => {
  const { action, run, attempt } = ctx()!
  return [action.name, action.task, action.group, run.org, run.project, run.domain, String(attempt)]
})

const busy = { now: 0, most: 0 }
const crowd = env.task({ name: 'crowd', inputs: { n: z.int() }, output: z.int() }, async () => {
  busy.now += 1
  busy.most = Math.max(busy.most, busy.now)
  await new Promise((resolve) => setTimeout(resolve, 50))
  busy.now -= 1
  return busy.most
})

export const crowded = env.task({ name: 'crowded', output: z.boolean() }, async () => {
  const most = await Promise.all([1, 2, 3, 4].map((n) => crowd({ n })))
  return Math.max(...most) <= 2
})

/** Two of three have a place before the limit, and keep it for longer than the third may wait for one. */
export const queued = env.task({ name: 'queued', output: z.array(z.string()) }, async () => {
  const impatient = endless.override({ timeout: { maxQueuedTime: '2s', maxRuntime: '4s' } })
  const outcomes = await Promise.all([1, 2, 3].map((n) => impatient({ n }).then(String, seen)))
  return outcomes.map((text) => text.replace(/.*(ran longer|waited to be run).*/, '$1')).toSorted()
})

export const tooLarge = env.task({ name: 'too-large', output: z.string(), maxInlineIoBytes: 1000, retries: 2 }, () =>
  'x'.repeat(2000),
)

const detachable = env.task({ name: 'detachable', inputs: { n: z.int() }, output: z.int() }, ({ n }) => n)

export const detaching = env.task({ name: 'detaching', output: z.boolean() }, async () => {
  const { name } = await detachable.detached({ n: 1 })
  return name !== ctx()?.run.name
})

const stray = env.task({ name: 'stray', output: z.string() }, async (_, { signal }) => {
  setTimeout(() => {
    throw new OutOfPaperError('thrown where nobody catches it')
  }, 10)
  return untilAborted(signal)
})

export const straying = env.task({ name: 'straying', output: z.string() }, () => stray().then(String, seen))

/** What it calls is told to stop with it, however deep. */
const deep = env.task({ name: 'deep', inputs: { depth: z.int() } }, async ({ depth }): Promise<void> => {
  if (depth === 0) await endless({ n: 0 })
  else await deep({ depth: depth - 1 })
})

export const tooDeep = env.task({ name: 'too-deep', output: z.string() }, () =>
  deep.override({ timeout: '3s' })({ depth: 2 }).then(String, seen),
)

const half = env.task({ name: 'half', inputs: { x: z.int() }, output: z.number() }, ({ x }) => {
  if (x === 3) throw new OutOfPaperError('three has no half')
  return x / 2
})

export const mapped = env.task({ name: 'mapped', output: z.array(z.string()) }, async () => {
  const halves = await map(half, [{ x: 2 }, { x: 3 }, { x: 4 }], { concurrency: 2, settled: true })
  return halves.map((half) => (half.status === 'fulfilled' ? String(half.value) : seen(half.reason as Error)))
})

const tellContext = env.task({ name: 'tell-context', output: z.record(z.string(), z.string()) }, () => ({
  ...ctx()!.customContext,
}))

export const flowing = env.task({ name: 'flowing', output: z.array(z.record(z.string(), z.string())) }, async () => [
  await tellContext(),
  await customContext({ more: 'yes' }, () => tellContext()),
])

export const resuming = env.task(
  { name: 'resuming', output: z.string(), retries: 2 },
  async (_, { attempt, checkpoint }) => {
    const before = (await checkpoint.loadJson<string>()) ?? 'nothing'
    if (attempt < 3) {
      await checkpoint.saveJson(`attempt ${attempt}`)
      throw new Error('again')
    }
    return before
  },
)

export const streamed = env.task({ name: 'streamed', output: z.int() }, async function* () {
  yield 'one'
  yield 'two'
  return 2
})

class OverloadedError extends InternalError {}

export const faulty = env.task({ name: 'faulty', output: z.int() }, (_, { attempt }) => {
  if (attempt === 1) throw new OverloadedError('the platform is at fault')
  return attempt
})
