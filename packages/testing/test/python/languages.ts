// The TypeScript half of runs in two languages; the other is languages.py.
import { createHash } from 'node:crypto'
import { inspect, isDeepStrictEqual } from 'node:util'
import {
  ctx,
  customContext,
  DataFrame,
  deployedTask,
  Dir,
  duration,
  File,
  lazyTask,
  shellTask,
  sqlite,
  sqlTask,
  TaskEnvironment,
  type TaskFailedError,
} from '@tern/sdk'
import { z } from 'zod'

export const env = new TaskEnvironment({ name: 'typescript' })

const point = z.object({ x: z.int(), y: z.number(), tags: z.array(z.string()) }).meta({ title: 'Point' })
const types = {
  i: z.int(),
  f: z.number(),
  s: z.string(),
  b: z.boolean(),
  at: z.date(),
  span: duration,
  items: z.array(z.int()),
  by_name: z.record(z.string(), z.int()),
  either: z.union([z.int(), z.string()]),
  maybe: z.int().nullable(),
  color: z.enum(['RED', 'BLUE']),
  point,
  model: z.object({ name: z.string(), points: z.array(point), note: z.string().nullable() }).meta({ title: 'Model' }),
  pair: z.tuple([z.int(), z.string()]),
  nested: z.array(z.record(z.string(), z.array(z.number()))),
  untyped: z.unknown(),
}
const names = Object.keys(types) as (keyof typeof types)[]
// A tuple that a Python task returns has no other names.
const numbered = Object.fromEntries(names.map((name, index) => [`o${index}`, types[name]]))

const given = {
  i: Number.MAX_SAFE_INTEGER,
  f: 0.5,
  s: 'héllo ☃',
  b: true,
  at: new Date('2024-01-02T03:04:05.678Z'),
  span: { hours: 1, milliseconds: 2 },
  items: [1, 2, 3],
  by_name: { a: 1, b: 2 },
  either: 'text',
  maybe: null,
  color: 'BLUE' as const,
  point: { x: 1, y: 2.5, tags: ['q'] },
  model: { name: 'n', points: [{ x: 3, y: 4, tags: [] }], note: null },
  pair: [1, 'x'] as [number, string],
  nested: [{ a: [1, 2.5] }],
  untyped: { a: [1, 'b', null, { c: 2.5 }] },
}

export const echo = env.task({ name: 'echo', inputs: types, outputs: types }, async (inputs) => inputs)

const echoThere = deployedTask({ name: 'python.echo', inputs: types, outputs: numbered })
const raises = deployedTask({ name: 'python.raises', inputs: { message: z.string() }, output: z.int() })
const shift = deployedTask({
  name: 'python.shift',
  inputs: { at: z.date(), label: z.string().optional() },
  output: z.string(),
})
const echoHere = deployedTask({ name: 'typescript.echo', inputs: types, outputs: types })
const unknown = deployedTask({ name: 'python.unknown', inputs: {}, output: z.string() })
const wrongType = deployedTask({ name: 'python.shift', inputs: { at: z.string() }, output: z.string() })
const oldVersion = deployedTask({ name: 'python.shift', version: 'old', inputs: {}, output: z.string() })

export const callsPython = env.task({ name: 'calls_python', output: z.record(z.string(), z.string()) }, async () => {
  const [there, here] = await Promise.all([echoThere(given), echoHere(given)])
  const renamed = Object.fromEntries(names.map((name, index) => [name, there[`o${index}`]]))
  return { ...differences(renamed), ...differences(here) }
})

function differences(back: Record<string, unknown>): Record<string, string> {
  const differ: Record<string, string> = {}
  for (const name of names) {
    const value = back[name]
    const expected = name === 'span' ? { milliseconds: 3_600_002 } : given[name]
    if (!isDeepStrictEqual(plain(value), plain(expected))) {
      differ[name] = `${JSON.stringify(value)} instead of ${JSON.stringify(expected)}`
    }
  }
  return differ
}

function plain(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : JSON.parse(JSON.stringify(value))
}

export const catchesPython = env.task({ name: 'catches_python', output: z.array(z.string()) }, async () => {
  const calls = [raises({ message: 'over here' }), unknown({}), wrongType({ at: 'noon' }), oldVersion({})]
  const ends = await Promise.allSettled(calls)
  return ends.map((end) => {
    if (end.status === 'fulfilled') return 'no error'
    const { code, kind, message, remoteStack } = end.reason as TaskFailedError
    return `${code} ${kind} ${message} ${/languages\.py", line \d+, in \w+/.exec(remoteStack ?? '')?.[0] ?? ''}`
  })
})

const record = z.record(z.string(), z.string())
const contextThere = deployedTask({ name: 'python.seen_context', output: record })

export const seenContext = env.task({ name: 'seen_context', output: record }, () => ({ ...ctx()?.customContext }))
export const contextToPython = env.task({ name: 'context_to_python', output: record }, () =>
  customContext({ user: 'Ada' }, () => customContext({ team: 'blue' }, () => contextThere())),
)

const moreTypes = { day: z.date(), by_number: z.map(z.int(), z.string()), words: z.set(z.string()) }
const more = deployedTask({
  name: 'python.more',
  inputs: moreTypes,
  outputs: { o0: moreTypes.day, o1: moreTypes.by_number, o2: moreTypes.words },
})
const lazyEcho = lazyTask('python.echo')

/** Types that only some languages have, and values of a task that is known by its name alone. */
export const callsPythonMore = env.task({ name: 'calls_python_more', output: record }, async () => {
  const back = await more({
    day: new Date('2026-01-31'),
    by_number: new Map([[1, 'one']]),
    words: new Set(['b', 'a']),
  })
  const there = (await lazyEcho(given)) as Record<string, unknown>
  const renamed = Object.fromEntries(names.map((name, index) => [name, there[`o${index}`]]))
  const isBack = isDeepStrictEqual(back, {
    o0: new Date('2026-01-31'),
    o1: new Map([[1, 'one']]),
    o2: new Set(['a', 'b']),
  })
  return { ...differences(renamed), ...(isBack ? {} : { more: inspect(back) }) }
})

export const shifts = env.task({ name: 'shifts', output: z.array(z.string()) }, async () => {
  const at = new Date('2024-02-29T00:00:00Z')
  return Promise.all([shift({ at }), shift({ at, label: 'given' })])
})

const writeLarge = deployedTask({ name: 'python.write_large', inputs: { size: z.int() }, output: File.schema() })
const digest = deployedTask({ name: 'python.digest', inputs: { data: File.schema() }, output: z.string() })

export const passesFile = env.task(
  { name: 'passes_file', inputs: { size: z.int() }, output: z.array(z.string()) },
  async ({ size }) => {
    const large = await writeLarge({ size })
    const hash = createHash('sha256')
    async function* hashed() {
      for await (const block of large.stream()) {
        hash.update(block)
        yield block
      }
    }
    const there = await digest({ data: File.fromStream(hashed(), { name: 'copy.bin' }) })
    return [String(await large.size()), hash.digest('hex'), there]
  },
)

const writeFolder = deployedTask({ name: 'python.write_folder', output: Dir.schema() })
const namesIn = deployedTask({ name: 'python.names_in', inputs: { folder: Dir.schema() }, output: z.array(z.string()) })

export const passesFolder = env.task({ name: 'passes_folder', output: z.array(z.string()) }, async () => {
  const folder = await writeFolder()
  const text = await (await folder.get('in-folder.txt')).text()
  const names = await namesIn({
    folder: Dir.fromFiles({ 'in-one.txt': '1', 'deep/in-two.txt': '2', 'other.txt': '3' }),
  })
  return [text, ...(await namesIn({ folder })), ...names]
})

const columns = { x: 'int64', name: 'string' } as const
const makeFrame = deployedTask({
  name: 'frames.make',
  inputs: { rows: z.int() },
  output: DataFrame.schema({ columns }),
})
const total = deployedTask({ name: 'frames.total', inputs: { frame: DataFrame.schema() }, output: z.int() })

export const passesFrame = env.task({ name: 'passes_frame', output: z.array(z.string()) }, async () => {
  const rows = await (await makeFrame({ rows: 3 })).rows()
  const sum = await total({
    frame: DataFrame.fromRows([
      { x: 20, name: 'a' },
      { x: 22, name: 'b' },
    ]),
  })
  return [...rows.map((row) => `${row.x} ${row.name}`), String(sum)]
})

export const throws = env.task({ name: 'throws', inputs: { message: z.string() } }, async ({ message }) => {
  throw new RangeError(message)
})

export const shout = shellTask(env, {
  name: 'shout',
  inputs: { text: z.string() },
  output: z.string(),
  script: 'printf %s "$inputs_text" | tr a-z A-Z > "$output"',
})

export const summed = sqlTask(env, {
  name: 'total',
  database: sqlite(),
  inputs: { numbers: z.array(z.int()) },
  output: z.int(),
  query: 'select sum(value) as total from json_each({{.inputs.numbers}})',
})
