// Tasks whose options can be seen in what they do.
import { setTimeout as delay } from 'node:timers/promises'
import { Image, report, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const seen = z.object({ pid: z.int(), color: z.string(), secret: z.string() })

const look = () => ({
  pid: process.pid,
  color: process.env['COLOR'] ?? 'none',
  secret: process.env['OPTIONS_KEY'] ?? 'none',
})

const warm = new TaskEnvironment({
  name: 'options-warm',
  envVars: { COLOR: 'red' },
  secrets: 'options-key',
  reusable: { replicas: 1, concurrency: 1 },
})
const plain = new TaskEnvironment({ name: 'options-plain' })
const podded = new TaskEnvironment({
  name: 'options-pod',
  envVars: { COLOR: 'green' },
  podTemplate: { labels: { team: 'a' } },
  pluginConfig: { custom: { kind: 'plain' } },
})

const imaged = new TaskEnvironment({
  name: 'options-image',
  envVars: { SECOND: 'own' },
  image: Image.node({ registry: 'registry.test' })
    .withFiles('package.json', '/app/')
    .withEnv({ COLOR: 'violet', SECOND: 'image' }),
})

/** What is seen of the variables of an image. */
export const colored = imaged.task({ name: 'colored', output: z.string() }, () => {
  return `${process.env['COLOR']} ${process.env['SECOND']}`
})

/** The same, called by a task of another environment. */
export const coloring = plain.task({ name: 'coloring', output: z.string() }, () => colored())

const inWarm = warm.task({ name: 'look', inputs: { n: z.int() }, output: seen }, look)
const inPlain = plain.task({ name: 'look', output: seen }, look)
const inPod = podded.task({ name: 'look', output: seen }, look)

/** What tasks see of the options of their environment, and of a call. */
export const observe = plain.task({ name: 'observe', output: z.record(z.string(), seen) }, async () => ({
  first: await inWarm({ n: 1 }),
  second: await inWarm({ n: 2 }),
  apart: await inWarm.override({ reusable: 'off', envVars: { COLOR: 'blue' }, secrets: [] })({ n: 3 }),
  plain: await inPlain(),
  pod: await inPod(),
}))

const slow = plain.task({ name: 'slow', timeout: '1h', retries: 3 }, async (_, { signal }) => {
  await delay(60_000, undefined, { signal })
})

/** How a call ends that has less time than its task. */
export const hurry = plain.task({ name: 'hurry', output: z.string() }, () =>
  slow
    .override({ timeout: '100ms', retries: 0 })()
    .then(
      () => 'in time',
      (error: Error) => error.name,
    ),
)

const wide = plain.task(
  { name: 'wide', inputs: { size: z.int() }, output: z.string(), maxInlineIoBytes: 1000 },
  ({ size }) => 'x'.repeat(size),
)

/** What becomes of outputs that are more than the task allows, and not more than a call does. */
export const widen = plain.task({ name: 'widen', output: z.array(z.string()) }, () =>
  Promise.all(
    [wide, wide.override({ maxInlineIoBytes: 0 }), wide.override({ maxInlineIoBytes: 10 })].map((task, index) =>
      task({ size: 2000 + index }).then(
        (text) => String(text.length),
        (error: { code: string }) => error.code,
      ),
    ),
  ),
)

/** Leaves a report, whether it ends well or not, and has a link. */
export const telling = plain.task(
  {
    name: 'telling',
    inputs: { fails: z.boolean() },
    report: true,
    links: {
      name: 'board',
      uri: 'https://board.test/{{.project}}/{{ .runName }}/{{.actionName}}/{{.attempt}}?{{.other}}',
    },
  },
  ({ fails }) => {
    report()
      .text('a < b')
      .table([{ x: 1, y: '<b>' }])
    report().tab('more').html('<b>bold</b>')
    if (fails) throw new Error('as asked')
  },
)

/** Adds to a report that it is declared without. */
export const untold = plain.task({ name: 'untold' }, () => void report())

/** Goes on from where the attempt before it was; the first attempt loses its process. */
export const resuming = plain.task(
  { name: 'resuming', output: z.array(z.string()), retries: 1 },
  async (_, { checkpoint, attempt }) => {
    const seen = [(await checkpoint.loadText()) ?? 'nothing']
    if (attempt === 1) {
      await checkpoint.save('half')
      process.kill(process.pid, 'SIGKILL')
      await delay(60_000)
    }
    if (attempt === 2) {
      await checkpoint.saveJson([...seen, 'most'])
      throw new Error('nearly')
    }
    return [...((await checkpoint.loadJson<string[]>()) ?? []), 'all']
  },
)

let busy = 0
let busiest = 0
const narrow = new TaskEnvironment({ name: 'options-narrow', queue: 'narrow' })

/** Is busy until so many of its kind are, or were. Returns how many there were at once; all of them are in one process. */
const crowd = narrow.task(
  { name: 'crowd', inputs: { n: z.int(), until: z.int() }, output: z.int() },
  async ({ until }, { signal }) => {
    busy += 1
    busiest = Math.max(busiest, busy)
    do await delay(10, undefined, { signal })
    while (busiest < until)
    busy -= 1
    return busiest
  },
)

/** Calls three of them at once: in their own queue, and in another. */
export const crowded = plain.task({ name: 'crowded', output: z.record(z.string(), z.int()) }, async () => {
  const most = async (task: typeof crowd, until: number) =>
    Math.max(...(await Promise.all([1, 2, 3].map((n) => task({ n, until })))))
  return { inQueue: await most(crowd, 1), inOther: await most(crowd.override({ queue: 'broad' }), 3) }
})
