// What tasks can do with values, calls, context and logs: each of these runs on a server and in a local run.
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import {
  chart,
  ctx,
  customContext,
  DataFrame,
  Dir,
  duration,
  File,
  group,
  html,
  lazyTask,
  map,
  registerTransformer,
  report,
  TaskEnvironment,
  trace,
} from '@tern/sdk'
import { z } from 'zod'

export const env = new TaskEnvironment({ name: 'capable' })

class Money {
  readonly cents: number
  constructor(cents: number) {
    this.cents = cents
  }
}
registerTransformer({
  class: Money,
  wire: z.int(),
  toWire: ({ cents }) => cents,
  fromWire: (cents) => new Money(cents),
  preview: ({ cents }) => `${(cents / 100).toFixed(2)} €`,
})

// Values: each of these comes back as it was sent.

type Tree = { value: number; children: Tree[] }
const tree: z.ZodType<Tree> = z.object({ value: z.number(), children: z.array(z.lazy(() => tree)) })
const date = new Date('2026-01-31T12:00:00.123Z')

const rows = {
  integer: [z.int(), -7],
  int64: [z.bigint(), 2n ** 62n + 1n],
  negative_int64: [z.int64(), -(2n ** 63n)],
  float: [z.number(), 0.1],
  whole_float: [z.number(), 3],
  text: [z.string(), 'ü\n'],
  boolean: [z.boolean(), false],
  instant: [z.date(), date],
  length_of_time: [duration, { milliseconds: 1500 }],
  nothing: [z.null(), null],
  list: [z.array(z.int()), [1, 2]],
  list_of_lists: [z.array(z.array(z.string())), [[], ['a']]],
  by_name: [z.record(z.string(), z.number()), { a: 1, b: 2.5 }],
  by_number: [z.map(z.int(), z.string()), new Map([[1, 'a']])],
  set: [z.set(z.string()), new Set(['a', 'b'])],
  untyped: [z.unknown(), { a: [1, 'x', null] }],
  optional: [z.int().nullable(), null],
  union: [z.union([z.int(), z.string(), z.date()]), date],
  choice: [z.enum({ RED: 'red', BLUE: 'blue' }), 'blue'],
  words: [z.literal(['a', 'b']), 'b'],
  object: [
    z.object({ id: z.int(), at: z.date(), big: z.bigint(), c: z.enum({ RED: 'red' }) }),
    { id: 1, at: date, big: 5n, c: 'red' },
  ],
  nested: [tree, { value: 1, children: [{ value: 2.5, children: [] }] }],
  kinds: [
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), at: z.date() }),
      z.object({ kind: z.literal('b'), at: z.string() }),
    ]),
    { kind: 'b', at: '2026' },
  ],
  tuple: [z.tuple([z.int(), z.string(), z.date()]), [1, 'x', date]],
  bytes: [z.instanceof(Uint8Array), new Uint8Array([0, 255])],
  address: [z.instanceof(URL), new URL('https://a.example/b')],
  money: [z.instanceof(Money), new Money(1999)],
  prices: [z.object({ all: z.array(z.instanceof(Money)) }), { all: [new Money(1)] }],
} satisfies Record<string, [z.ZodType | typeof duration, unknown]>

type Rows = typeof rows
const schemas = Object.fromEntries(Object.entries(rows).map(([name, [schema]]) => [name, schema])) as unknown as {
  [Name in keyof Rows]: Rows[Name][0]
}

const echo = env.task({ name: 'echo', inputs: schemas, outputs: schemas }, (inputs) => inputs as never)

/** The names of values that are other ones when they have been to another task and back. */
export const values = env.task({ name: 'values', output: z.array(z.string()) }, async () => {
  const given = Object.fromEntries(Object.entries(rows).map(([name, [, value]]) => [name, value]))
  const got = (await echo(given as never)) as Record<string, unknown>
  return Object.keys(rows).filter((name) => !isSame(got[name], given[name]))
})

function isSame(got: unknown, given: unknown): boolean {
  if (typeof given === 'object' && given !== null && 'milliseconds' in given) {
    return (got as { readonly milliseconds: number }).milliseconds === given.milliseconds
  }
  return isDeepStrictEqual(got, given)
}

const holding = z.object({
  file: File.schema(),
  folders: z.array(Dir.schema()),
  optional: Dir.schema().optional(),
  nullable: Dir.schema().nullable(),
})
const reads = env.task(
  {
    name: 'reads',
    inputs: { held: holding, table: DataFrame.schema({ columns: { x: 'int64' } }) },
    output: z.array(z.string()),
  },
  async ({ held, table }) => {
    const listed = await Promise.all(held.folders.map((folder) => folder.list()))
    const some = await table.rows({ columns: ['x'], offset: 2, limit: 2 })
    const maybe = [
      held.optional === undefined ? 'no folder' : 'folder',
      await held.nullable?.get('c.txt').then((file) => file.text()),
    ]
    return [
      await held.file.text(),
      ...maybe.map(String),
      ...listed.flat().map(({ path }) => path),
      ...some.map(({ x }) => String(x)),
    ]
  },
)

/** Files from a web stream, folders of the same names, and a slice of a table. */
export const files = env.task({ name: 'files', output: z.array(z.string()) }, () => {
  const { readable, writable } = new TransformStream<string, string>()
  const writer = writable.getWriter()
  void writer.write('streamed').then(() => writer.close())
  const same = () => Dir.fromFiles({ 'a/b.txt': 'b', 'c.txt': 'c' }, { name: 'same' })
  const table = DataFrame.fromRows(
    [1, 2, 3, 4, 5].map((x) => ({ x })),
    { columns: { x: 'int64' } },
  )
  return reads({ held: { file: File.fromStream(readable), folders: [same(), same()], nullable: same() }, table })
})

// Calls.

const double = env.task({ name: 'double', inputs: { n: z.int() }, output: z.int() }, ({ n }) => {
  if (n < 0) throw new RangeError(`${n} is negative`)
  return 2 * n
})

export const mapped = env.task(
  { name: 'mapped', inputs: { count: z.int() }, output: z.array(z.unknown()) },
  async ({ count }) => {
    const numbers = Array.from({ length: count }, (_, n) => ({ n }))
    const doubled = await map(double, numbers, { concurrency: 50, group: 'doubles' })
    async function* lazily() {
      for (const n of [1, -1, 3]) yield { n }
    }
    const settled: string[] = []
    for await (const each of map.each(double, lazily(), { concurrency: 2, settled: true, ordered: true })) {
      settled.push(each.status === 'fulfilled' ? String(each.value) : (each.reason as Error).message)
    }
    const failed = await map(double, [{ n: 1 }, { n: -5 }]).catch((error: Error) => error.message)
    return [doubled.reduce((a, b) => a + b, 0), settled, failed]
  },
)

const slow = env.task({ name: 'slow', inputs: { seconds: z.number() }, output: z.number() }, async ({ seconds }) => {
  await pause(seconds * 1000, undefined, { signal: ctx()?.signal })
  return seconds
})

const journaled = env.task(
  { name: 'journaled', inputs: { n: z.int(), journal: z.string() }, output: z.string() },
  async ({ n, journal }) => {
    await pause(5)
    appendFileSync(journal, `leaf-${n}\n`)
    return `${n} for ${ctx()?.customContext['user']}`
  },
)

/** Many calls from a generator, which a worker may not live to see the end of. */
export const mapJournal = env.task(
  { name: 'map_journal', inputs: { journal: z.string(), count: z.int() }, output: z.array(z.string()) },
  ({ journal, count }) => {
    function* items() {
      for (let n = 0; n < count; n++) yield { n, journal }
    }
    return customContext({ user: 'Ada' }, () => map(journaled, items(), { concurrency: 5 }))
  },
)

/** The first of two wins, and the other is aborted. */
export const racing = env.task({ name: 'racing', output: z.number() }, async () => {
  const controller = new AbortController()
  const { signal } = controller
  const winner = await Promise.race([slow({ seconds: 0 }, { signal }), slow({ seconds: 600 }, { signal })])
  controller.abort(new Error('there is a winner'))
  return winner
})

/** One fails, and the rest of its map is aborted. */
export const mapAborting = env.task({ name: 'map_aborting', output: z.string() }, () =>
  map(
    (seconds: number, options) => (seconds < 0 ? double({ n: -1 }, options) : slow({ seconds }, options)),
    [600, 601, -1],
  ).then(
    () => 'nothing',
    (error: Error) => error.message,
  ),
)

// Results that are used again.

const kept = env.task(
  { name: 'kept', inputs: { journal: z.string() }, output: z.int(), cache: { dependencies: true } },
  ({ journal }) => {
    appendFileSync(journal, 'kept\n')
    return 1
  },
)

export const keeping = env.task({ name: 'keeping', inputs: { journal: z.string() }, output: z.int() }, ({ journal }) =>
  kept({ journal }),
)

// Context.

const texts = z.record(z.string(), z.string())
const below = env.task({ name: 'below', output: texts }, () => ({ ...ctx()?.customContext }))
const traced = trace({ name: 'traced' }, () => below())

export const flowing = env.task({ name: 'flowing', output: z.array(texts) }, () =>
  Promise.all([
    below(),
    customContext({ team: 'blue' }, () => below()),
    customContext({ team: 'blue', user: 'Bob' }, () => group('inner', () => traced())),
  ]),
)

export const about = env.task({ name: 'about', output: texts }, (_, context) => {
  const { action, run, attempt, rawDataPath, mode } = context
  return {
    action: action.name,
    task: action.task,
    version: action.version,
    run: run.name,
    project: run.project,
    age: String(Date.now() - run.startedAt.getTime() < 600_000),
    attempt: String(attempt),
    raw: String(rawDataPath.length > 0),
    mode,
  }
})

// Logs, and what is left to be looked at.

/** Writes a line, and the next one when a file is there. */
export const streaming = env.task(
  { name: 'streaming', inputs: { until: z.string() }, output: z.int() },
  async function* ({ until }) {
    yield 'first'
    while (!existsSync(until)) await pause(5)
    yield 'second'
    return 2
  },
)

export const computing = env.task({ name: 'computing', output: z.int() }, function* () {
  for (let n = 1; n <= 3; n++) yield `step ${n}`
  return 3
})

const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

export const reporting = env.task({ name: 'reporting', report: true }, () => {
  const days = [
    { day: new Date('2026-01-01'), rain: 1 },
    { day: new Date('2026-01-02'), rain: 3 },
  ]
  report()
    .heading('Rain')
    .add(chart({ type: 'line', rows: days, x: 'day', y: 'rain' }))
  report().tab('picture').image(pixel, { alt: 'a pixel' }).add(html`<p>${'<script>'}</p>`)
})

// Environments.

const copies = env.cloneWith({ name: 'capable-copy', envVars: { PLACE: 'copy' } })
const doubleThere = copies.copyOf(double)
const placeThere = copies.task({ name: 'place', output: z.string() }, () => process.env['PLACE'] ?? '')

export const copied = env.task({ name: 'copied', output: z.array(z.unknown()) }, async () => [
  await doubleThere({ n: 4 }),
  doubleThere.name,
  await placeThere(),
])

// Tasks that are deployed, called by name.

const described = env.task(
  {
    name: 'described',
    inputs: {
      count: z.int(),
      ratio: z.number(),
      at: z.date(),
      span: duration,
      words: z.array(z.string()).default(['none']),
      maybe: z.bigint().nullable(),
      either: z.union([z.int(), z.string()]),
      row: z.object({ x: z.int(), at: z.date() }),
      pair: z.tuple([z.int(), z.string()]),
      bytes: z.instanceof(Uint8Array),
      file: File.schema(),
      table: DataFrame.schema(),
    },
    outputs: { text: z.string(), at: z.date(), file: File.schema(), big: z.bigint() },
  },
  async ({ count, ratio, at, span, words, maybe, either, row, pair, bytes, file, table }) => {
    const parts = [
      count,
      ratio,
      at.toISOString(),
      span.milliseconds,
      words,
      maybe,
      either,
      row.at.getTime(),
      pair,
      bytes,
    ]
    const text = [...parts.map(String), await file.text(), String(await table.count())].join('|')
    return { text, at, file, big: 2n ** 60n }
  },
)

export const byName = env.task({ name: 'by_name', output: z.array(z.string()) }, async () => {
  const at = new Date('2026-01-31T12:00:00Z')
  const known = lazyTask<typeof described>('capable.described')
  const { text, file, ...rest } = await known({
    count: 3,
    ratio: 2,
    at,
    span: '5m',
    maybe: 2n ** 60n,
    either: 'x',
    row: { x: 1, at },
    pair: [1, 'a'],
    bytes: new Uint8Array([1, 2]),
    file: File.fromText('content'),
    table: DataFrame.fromRows([{ x: 1 }, { x: 2 }]),
  })
  const wrong = await lazyTask('capable.double')({ n: 'many' }).catch((error: Error) => error.message)
  const missing = await lazyTask('capable.double')().catch((error: Error) => error.message)
  const unknown = await lazyTask('capable.nothing')().catch((error: Error) => error.message)
  const small = await lazyTask<typeof double>('capable.double').override({ retries: 1 })({ n: 4 })
  return [
    text,
    rest.at.toISOString(),
    await file.text(),
    String(rest.big),
    String(small),
    String(wrong),
    String(missing),
    String(unknown),
  ]
})
