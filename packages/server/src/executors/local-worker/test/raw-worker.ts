// A worker that knows nothing but the protocol, for tests of the server's side of it. What an attempt does follows from
// the function's name; its inputs are plain text here, since the server never looks into them.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { TaskSpecSchema } from '@tern/idl/task'
import {
  type Assign,
  type ChildUpdate,
  type EnqueueChildSchema,
  LogLine_Stream,
  ServerFrameSchema,
  TaskError_Kind,
  WorkerFrameSchema,
} from '@tern/idl/worker'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { readFrames, writeFrame } from '../frames.ts'

type Frame = MessageInitShape<typeof WorkerFrameSchema>

const socket = new Socket({ fd: Number(process.env['TERN_WORKER_FD']) })
const children = new Map<string, (update: ChildUpdate) => void>()
let outgoing: Partial<Record<keyof Frame, unknown[]>> = {}
let flushQueued = false

function send(field: 'logs' | 'enqueues' | 'started' | 'completed' | 'failed', item: unknown): void {
  const items = (outgoing[field] ??= [])
  items.push(item)
  if (flushQueued) return
  flushQueued = true
  setImmediate(() => {
    flushQueued = false
    writeFrame(socket, toBinary(WorkerFrameSchema, create(WorkerFrameSchema, outgoing as unknown as Frame)))
    outgoing = {}
  })
}

function call(
  parent: Assign,
  name: string,
  input: string,
  task: Pick<MessageInitShape<typeof EnqueueChildSchema>, 'specRef' | 'deployedTask'> = { specRef: 1 },
): Promise<ChildUpdate> {
  send('enqueues', {
    parent: parent.attempt,
    name,
    ...task,
    inputsValue: { case: 'inputs', value: new TextEncoder().encode(input) },
  })
  return new Promise((resolve) => children.set(name, resolve))
}

const behaviours: Record<string, (assign: Assign, input: string) => Promise<string>> = {
  leaf: async (_, input) => input,
  async fanout(assign, input) {
    const updates = await Promise.all(Array.from({ length: Number(input) }, (_, i) => call(assign, `leaf${i}`, `${i}`)))
    return String(updates.filter((update) => update.outputsValue.case === 'outputs').length)
  },
  async chain(assign, input) {
    for (let i = 0; i < Number(input); i++) await call(assign, `leaf${i}`, `${i}`)
    return input
  },
  async deployed(assign, input) {
    const { outputsValue } = await call(assign, 'deployed', input, { deployedTask: { name: 'raw.leaf' } })
    return outputsValue.case ?? 'no outputs'
  },
  async log(assign) {
    const lines = ['one', 'two'].map((text) => ({ atMs: 1, stream: LogLine_Stream.STDOUT, text }))
    send('logs', { attempt: assign.attempt, lines })
    return 'logged'
  },
  async fail() {
    throw new Error('as asked')
  },
  async crashOnce(assign) {
    if (assign.attemptNumber === 1) {
      process.stderr.write('about to crash\n')
      process.exit(7)
    }
    return 'survived'
  },
  async poison() {
    await new Promise((resolve) => setTimeout(resolve, 20))
    process.exit(7)
  },
  doze: () => new Promise((resolve) => setTimeout(() => resolve('rested'), 700)),
  // Keeps so many MiB, outside of the heap, until it is ended.
  async grow(_, input) {
    const kept: Buffer[] = []
    for (let i = 0; i < Number(input); i++) {
      kept.push(Buffer.alloc(2 ** 20, 1))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await new Promise((resolve) => setTimeout(resolve, 60_000))
    return String(kept.length)
  },
  async fillHeap() {
    const kept: number[][] = []
    for (;;) kept.push(Array.from({ length: 100_000 }, Math.random))
  },
  // Waits until another one has come to the same folder, and lets others run.
  async mingle(assign, folder) {
    writeFileSync(`${folder}/${assign.run}`, '')
    while (readdirSync(folder).length < 2) await new Promise((resolve) => setTimeout(resolve, 10))
    return String(process.pid)
  },
  async growTogether(assign, folder) {
    if (assign.attemptNumber > 1) return 'survived'
    await behaviours['mingle']!(assign, folder)
    return behaviours['grow']!(assign, '400')
  },
  hang: () => new Promise(() => {}),
  pid: async () => String(process.pid),
  env: async () => JSON.stringify(process.env),
  async secretFile() {
    const path = `${process.env['FLYTE_SECRETS_DEFAULT_DIR']}/token`
    return JSON.stringify({
      path,
      value: readFileSync(path, 'utf8'),
      mode: (statSync(path).mode & 0o777).toString(8),
    })
  },
  // Keeps the worker busy until another one has come to the same folder.
  async meet(_, folder) {
    writeFileSync(`${folder}/${process.pid}`, '')
    while (readdirSync(folder).length < 2);
    return String(process.pid)
  },
}

async function run(assign: Assign): Promise<void> {
  const name = assign.taskName.split('.').at(-1)!
  const input = assign.inputsValue.case === 'inputs' ? new TextDecoder().decode(assign.inputsValue.value) : ''
  const startedAtMs = Date.now()
  if (name === 'hang' || name === 'doze') send('started', { attempt: assign.attempt, atMs: startedAtMs })
  try {
    const output = await behaviours[name]!(assign, input)
    const outputsValue = { case: 'outputs', value: new TextEncoder().encode(output) }
    send('completed', { attempt: assign.attempt, outputsValue, startedAtMs, atMs: Date.now() })
  } catch (error) {
    const failure = { code: 'Error', message: String(error), kind: TaskError_Kind.USER, recoverable: true }
    send('failed', { attempt: assign.attempt, error: failure, startedAtMs, atMs: Date.now() })
  }
}

if (process.env['REFUSE_TO_START']) throw new Error('this worker cannot start')
socket.on('close', () => process.exit(0))
readFrames(socket, (bytes) => {
  const frame = fromBinary(ServerFrameSchema, bytes)
  for (const update of frame.children) {
    children.get(update.name)?.(update)
    children.delete(update.name)
  }
  for (const assign of frame.assigns) void run(assign)
  if (frame.drain !== undefined) process.exit(0)
})
const leaf = create(TaskSpecSchema, {
  taskTemplate: {
    type: 'typescript',
    id: { name: 'raw.leaf' },
    metadata: { codeBundleUri: process.argv[1] ?? '' },
    target: {
      case: 'container',
      value: { env: [{ key: 'NODE_OPTIONS', value: process.env['NODE_OPTIONS'] ?? '' }] },
    },
  },
})
const hello = { protocolVersion: 1, sdkVersion: 'raw', capacity: 256, pid: process.pid }
const specs = [{ specRef: 1, taskSpec: toBinary(TaskSpecSchema, leaf) }]
writeFrame(socket, toBinary(WorkerFrameSchema, create(WorkerFrameSchema, { hello, specs })))
