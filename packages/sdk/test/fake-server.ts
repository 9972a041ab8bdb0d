import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { ActionPhase } from '@tern/idl/common'
import { type Outputs, OutputsSchema, type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import {
  type AssignSchema,
  type Completed,
  type EnqueueChild,
  type Failed,
  type LogLine,
  type TraceRecord,
  ServerFrameSchema,
  type WorkerFrame,
  WorkerFrameSchema,
} from '@tern/idl/worker'
import type { CodeBundle } from '../src/bundle.ts'

type ServerItems = MessageInitShape<typeof ServerFrameSchema>
type AssignInit = MessageInitShape<typeof AssignSchema>

/** How an attempt ended. */
export interface Ending {
  readonly completed?: Completed
  readonly failed?: Failed
}

export interface FakeServerOptions {
  readonly maxInlineBytes?: number
  readonly env?: Readonly<Record<string, string>>
  /** Options of Node for the worker. */
  readonly execArgv?: readonly string[]
}

/**
 * The server's end of the worker protocol, as little as it takes to run a worker: children are assigned back to the
 * worker that enqueued them, nothing is stored.
 */
export class FakeServer {
  readonly process: ChildProcess
  readonly directory: string
  readonly frames: WorkerFrame[] = []
  readonly enqueued: EnqueueChild[] = []
  readonly traces: TraceRecord[] = []
  /** What is asked about traces, and answered with what was recorded. */
  readonly lookups: string[] = []
  readonly specs = new Map<number, TaskSpec>()
  readonly logs = new Map<number, LogLine[]>()
  readonly started = new Set<number>()
  readonly exit: Promise<{ code: number | null; stderr: string }>
  /** Set to look at a child before it is assigned; returning true leaves it to the test. */
  onEnqueue: (child: EnqueueChild) => boolean = () => false
  private readonly socket: Socket
  private readonly endings = new Map<number, (ending: Ending) => void>()
  private readonly ended = new Map<number, Ending>()
  private readonly children = new Map<number, { parent: number; name: string }>()
  private readonly outgoing: Required<Pick<ServerItems, 'assigns' | 'children'>> = { assigns: [], children: [] }
  private nextHandle = 1
  private received: Buffer = Buffer.alloc(0)

  private constructor(directory: string, bundlePath: string, options: FakeServerOptions) {
    this.directory = directory
    this.process = spawn(process.execPath, ['--enable-source-maps', ...(options.execArgv ?? []), bundlePath], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], TERN_WORKER_FD: '3', ...options.env },
    })
    this.socket = this.process.stdio[3] as Socket
    this.socket.on('data', (chunk: Buffer) => this.receive(chunk))
    this.socket.on('error', () => undefined)
    let stderr = ''
    this.process.stderr?.on('data', (chunk) => {
      stderr += chunk
    })
    this.exit = new Promise((resolve) => this.process.on('close', (code) => resolve({ code, stderr })))
    this.send({
      welcome: { protocolVersion: 1, serverVersion: 'test', maxInlineBytes: options.maxInlineBytes ?? 131072 },
    })
  }

  static async start(bundle: CodeBundle, options: FakeServerOptions = {}): Promise<FakeServer> {
    const directory = await mkdtemp(join(tmpdir(), 'tern-worker-test-'))
    const path = join(directory, bundle.fileName)
    await writeFile(path, bundle.bytes)
    return new FakeServer(directory, path, options)
  }

  /** Assigns a task, `environment.function`, and gives the handle of its attempt. */
  assign(taskName: string, inputs: Uint8Array = new Uint8Array(), more: AssignInit & { spec?: TaskSpec } = {}): number {
    const { spec, ...rest } = more
    const attempt = this.nextHandle++
    this.send({
      ...(spec === undefined ? {} : { specs: [{ specRef: 1000 + attempt, taskSpec: toBinary(TaskSpecSchema, spec) }] }),
      assigns: [
        {
          ...this.assignment(attempt, taskName),
          inputsValue: { case: 'inputs', value: inputs },
          specRef: spec === undefined ? 0 : 1000 + attempt,
          ...rest,
        },
      ],
    })
    return attempt
  }

  /** Runs a task to its end. */
  run(taskName: string, inputs?: Uint8Array, more?: AssignInit & { spec?: TaskSpec }): Promise<Ending> {
    return this.ending(this.assign(taskName, inputs, more))
  }

  ending(attempt: number): Promise<Ending> {
    const known = this.ended.get(attempt)
    if (known !== undefined) return Promise.resolve(known)
    return new Promise((resolve) => this.endings.set(attempt, resolve))
  }

  /** The lines that an attempt wrote. */
  lines(attempt: number): string[] {
    return (this.logs.get(attempt) ?? []).map(({ text }) => text)
  }

  send(items: ServerItems): void {
    const frame = toBinary(ServerFrameSchema, create(ServerFrameSchema, items))
    const head = Buffer.alloc(4)
    head.writeUInt32LE(frame.length)
    this.socket.write(Buffer.concat([head, frame]))
  }

  /** Stops reading what the worker sends. */
  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  async stop(): Promise<void> {
    this.socket.destroy()
    await this.exit
    await rm(this.directory, { recursive: true, force: true })
  }

  private assignment(attempt: number, taskName: string): AssignInit {
    return {
      attempt,
      org: 'tern',
      project: 'flytesnacks',
      domain: 'development',
      run: 'r1',
      action: 'a0',
      attemptNumber: 1,
      taskName,
      taskVersion: 'v1',
      outputPrefix: join(this.directory, 'out', String(attempt)),
      runBaseDir: join(this.directory, 'run'),
    }
  }

  private receive(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk])
    while (this.received.length >= 4) {
      const length = this.received.readUInt32LE(0)
      if (this.received.length < 4 + length) break
      this.take(fromBinary(WorkerFrameSchema, this.received.subarray(4, 4 + length)))
      this.received = this.received.subarray(4 + length)
    }
    const { assigns, children } = this.outgoing
    if (assigns.length + children.length === 0) return
    this.send({ assigns: [...assigns], children: [...children] })
    assigns.length = 0
    children.length = 0
  }

  private take(frame: WorkerFrame): void {
    this.frames.push(frame)
    for (const { attempt, lines } of frame.logs) this.logs.set(attempt, [...(this.logs.get(attempt) ?? []), ...lines])
    for (const { specRef, taskSpec } of frame.specs) this.specs.set(specRef, fromBinary(TaskSpecSchema, taskSpec))
    for (const child of frame.enqueues) this.enqueue(child)
    for (const trace of frame.traces) {
      this.traces.push(trace)
      this.outgoing.children.push({ parent: trace.parent, name: trace.name, phase: ActionPhase.SUCCEEDED } as never)
    }
    for (const { parent, name } of frame.traceLookups) {
      this.lookups.push(name)
      this.outgoing.children.push({ parent, name, ...this.recorded(name) } as never)
    }
    for (const { attempt } of frame.started) this.started.add(attempt)
    for (const completed of frame.completed) this.finish(completed.attempt, { completed })
    for (const failed of frame.failed) this.finish(failed.attempt, { failed })
  }

  private recorded(name: string) {
    const result = this.traces.find((trace) => trace.name === name)?.result
    if (result?.case === 'outputs') return { phase: ActionPhase.SUCCEEDED, outputsValue: result }
    return result?.case === 'error' ? { phase: ActionPhase.FAILED, error: result.value } : {}
  }

  private enqueue(child: EnqueueChild): void {
    this.enqueued.push(child)
    if (this.onEnqueue(child)) return
    const attempt = this.nextHandle++
    const taskName = this.specs.get(child.specRef)?.taskTemplate?.id?.name ?? ''
    this.children.set(attempt, { parent: child.parent, name: child.name })
    this.outgoing.assigns.push({
      ...this.assignment(attempt, taskName),
      action: child.name,
      group: child.group,
      inputsValue: child.inputsValue,
    } as never)
  }

  private finish(attempt: number, ending: Ending): void {
    const child = this.children.get(attempt)
    if (child === undefined) {
      this.ended.set(attempt, ending)
      this.endings.get(attempt)?.(ending)
      return
    }
    this.children.delete(attempt)
    const { completed, failed } = ending
    this.outgoing.children.push({
      ...child,
      phase: completed === undefined ? ActionPhase.FAILED : ActionPhase.SUCCEEDED,
      ...(completed === undefined ? {} : { outputsValue: completed.outputsValue }),
      ...(failed?.error === undefined ? {} : { error: failed.error }),
    } as never)
  }
}

/** The outputs that an attempt sent inline. */
export function outputsOf({ completed }: Ending): Outputs {
  if (completed?.outputsValue.case !== 'outputs') throw new Error('no inline outputs')
  return fromBinary(OutputsSchema, completed.outputsValue.value)
}
