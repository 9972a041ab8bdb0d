// For each option, a task at each level that takes it, which tells what comes of the option.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type AnyTask, ctx, deployedTask, report, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

export type Level = 'environment' | 'task' | 'override'
const levels = ['environment', 'task', 'override'] as const

/** Calls the task as often as it takes, and says what is seen of the option from within. */
type Observe = (call: (n: number) => Promise<string>, combination: Combination) => Promise<string>
type Kind = 'alone' | 'last' | 'reset' | 'deployed'

export interface Combination {
  readonly option: string
  readonly level: Level
  /** Whether it is all that is said, comes after what was said before, takes that back, or is said of a deployed task. */
  readonly kind: Kind
}

interface Probe {
  /** A value for each level that takes the option. */
  readonly values: Partial<Record<Level, unknown>>
  /** The value that takes those before it back. */
  readonly reset?: unknown
  readonly body?: (n: number, signal: AbortSignal) => unknown
  readonly observe?: Observe
}

const once: Observe = (call) => call(0)
const attempted =
  (numbers: readonly number[]): Observe =>
  async (call) => {
    const ended = await Promise.allSettled(numbers.map(call))
    return ended.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.message)).join(' ')
  }

let busy = 0
let busiest = 0

/** Is busy until as many are as can be. Those of an option are in one process. */
async function crowd(until: number, signal: AbortSignal): Promise<number> {
  busy += 1
  busiest = Math.max(busiest, busy)
  do await delay(20, undefined, { signal })
  while (busiest < until)
  busy -= 1
  return busiest
}

/** Of four at once, as many are busy as the level allows; all of them where it takes the option back. */
const crowded =
  (allowed: Readonly<Record<Level, number>>): Observe =>
  async (call, { level, kind }) => {
    const until = kind === 'reset' ? 4 : allowed[level]
    return String(Math.max(...(await Promise.all([0, 0, 0, 0].map(() => call(until)))).map(Number)))
  }

const link = (name: string) => ({ name, uri: `https://links.test/{{.actionName}}/${name}/{{.attempt}}` })

export const probes: Readonly<Record<string, Probe>> = {
  image: { values: { environment: 'registry.test/one:1' } },
  description: { values: { environment: 'what they are for' } },
  pluginConfig: { values: { environment: { custom: { n: 1 } } } },
  resources: {
    values: { environment: { memory: '256Mi' }, override: { memory: '320Mi' } },
    reset: {},
    body: () => process.execArgv.find((flag) => flag.startsWith('--max-old-space-size')) ?? 'no limit',
  },
  envVars: {
    values: { environment: { SEEN: 'environment' }, override: { SEEN: 'override' } },
    reset: {},
    body: () => process.env['SEEN'] ?? 'none',
  },
  secrets: {
    values: { environment: 'probe-one', override: { key: 'probe-two', envVar: 'PROBE_OTHER' } },
    reset: [],
    body: () => ['PROBE_ONE', 'PROBE_TWO', 'PROBE_OTHER'].map((name) => process.env[name] ?? '-').join(' '),
  },
  reusable: {
    values: { environment: { replicas: 1, concurrency: 2 }, override: { replicas: 1, concurrency: 3 } },
    reset: 'off',
    body: crowd,
    observe: crowded({ environment: 2, task: 0, override: 3 }),
  },
  cache: {
    values: { environment: { version: '1' }, task: { version: '2' }, override: { version: '3' } },
    reset: 'disable',
    body: () => randomUUID(),
    observe: async (call) => ((await call(0)) === (await call(0)) ? 'one result' : 'two results'),
  },
  podTemplate: { values: { environment: 'one', task: 'two', override: 'three' }, reset: '' },
  interruptible: { values: { environment: true, task: false, override: true }, reset: false },
  queue: {
    values: { environment: 'of-one', task: 'of-two', override: 'of-three' },
    reset: '',
    body: crowd,
    observe: crowded({ environment: 1, task: 2, override: 3 }),
  },
  shortName: { values: { task: 'of the task', override: 'of the call' } },
  docs: { values: { task: 'what it does' } },
  deprecated: { values: { task: 'use another' } },
  report: {
    values: { task: true },
    body: () => (report().text('told'), 'told'),
  },
  retries: {
    values: { task: 1, override: 2 },
    reset: 0,
    body: () => {
      throw new Error(`at attempt ${ctx()?.attempt}`)
    },
    observe: attempted([0]),
  },
  timeout: {
    values: { task: '300ms', override: '200ms' },
    reset: 0,
    body: async (ms, signal) => (await delay(ms, undefined, { signal }), 'in time'),
    observe: (call, { kind }) => call(kind === 'reset' ? 600 : 60_000).catch((error: Error) => error.name),
  },
  links: { values: { task: link('task'), override: [link('call'), link('more')] }, reset: [] },
  maxInlineIoBytes: {
    values: { task: 1000, override: 2000 },
    reset: 0,
    body: (size) => 'x'.repeat(size),
    observe: async (call) => {
      const ended = await Promise.allSettled([500, 1500, 2500].map(call))
      return ended.map((each) => (each.status === 'fulfilled' ? each.value.length : each.reason.code)).join(' ')
    },
  },
}

/** Each level alone, after all before it, taking back what the first of them said, and for a task that is known by name. */
export const combinations: readonly Combination[] = Object.entries(probes).flatMap(([option, { values, reset }]) =>
  levels
    .filter((level) => level in values)
    .flatMap((level, index) => [
      { option, level, kind: 'alone' as const },
      ...(index === 0 ? [] : [{ option, level, kind: 'last' as const }]),
      ...(index === 0 || reset === undefined ? [] : [{ option, level, kind: 'reset' as const }]),
      ...(level === 'override' ? [{ option, level, kind: 'deployed' as const }] : []),
    ]),
)

function given({ option, level, kind }: Combination): Partial<Record<Level, object>> {
  const { values, reset } = probes[option]!
  const taking = levels.slice(0, levels.indexOf(level) + 1).filter((each) => each in values)
  const said = { alone: [level], deployed: [level], last: taking, reset: [taking[0]!, level] }[kind]
  const valueAt = (each: Level) => (kind === 'reset' && each === level ? reset : values[each])
  return Object.fromEntries(said.map((each) => [each, { [option]: valueAt(each) }]))
}

const inputs = { n: z.int() }
const output = z.string()

function declare(env: TaskEnvironment, option: string, options?: object) {
  const { body = () => 'done' } = probes[option]!
  return env.task({ name: option, inputs, output, ...options }, async ({ n }, { signal }) =>
    String(await body(n, signal)),
  )
}

/** To be deployed: the tasks of the options that calls replace, with none of them. */
export const plain = new TaskEnvironment({ name: 'probed' })
for (const [option, { values }] of Object.entries(probes)) if ('override' in values) declare(plain, option)

const called = combinations.map((combination, index): AnyTask => {
  const { option, kind } = combination
  const { environment, task, override } = given(combination)
  if (kind === 'deployed') return deployedTask({ name: `probed.${option}`, inputs, output }).override(override ?? {})
  const declared = declare(new TaskEnvironment({ name: `probe-${index}`, ...environment }), option, task)
  return override === undefined ? declared : declared.override(override)
})

const observer = new TaskEnvironment({ name: 'probe' })

/** What is seen from within of one of the combinations. */
export const probe = observer.task({ name: 'probe', inputs: { index: z.int() }, output: z.string() }, ({ index }) => {
  const combination = combinations[index]!
  const { observe = once } = probes[combination.option]!
  return observe((n) => called[index]!({ n }) as Promise<string>, combination)
})
