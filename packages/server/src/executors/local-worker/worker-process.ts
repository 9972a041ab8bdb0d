import { type ChildProcess, spawn } from 'node:child_process'
import type { Duplex, Readable } from 'node:stream'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  type Assign,
  type Cancel,
  type ChildUpdate,
  ServerFrameSchema,
  type ServerSpecDef,
  WelcomeSchema,
  type WorkerFrame,
  WorkerFrameSchema,
} from '@tern/idl/worker'
import type { MemoryWatch } from '../local-process/memory-watch.ts'
import { oomKills } from '../oom-kills.ts'
import { readFrames, writeFrame } from './frames.ts'
import { heapMebibytes } from './process-share.ts'

const protocolVersion = 1

export interface WorkerProcessOptions {
  /** Path of the code bundle, which is the worker's program. */
  readonly bundlePath: string
  readonly env: Readonly<Record<string, string>>
  readonly serverVersion: string
  /** Inputs and outputs longer than this are passed by URI, in bytes. */
  readonly maxInlineBytes: number
  /** The most memory that it and what it starts may use, in bytes, and who looks at it; null for no limit. */
  readonly memory: { readonly limitBytes: number; readonly watch: MemoryWatch } | null
  readonly onFrame: (frame: WorkerFrame) => void
  /** Called once, when the process is gone. */
  readonly onGone: (end: WorkerEnd) => void
  /** What the worker prints outside of any task. */
  readonly onOutput: (stream: 'stdout' | 'stderr', text: string) => void
}

/** How a worker ended. */
export interface WorkerEnd {
  /** In words. */
  readonly reason: string
  /**
   * It could not be started, ran out of the machine's memory or its own, was killed, or ended by itself: its code may have made
   * it.
   */
  readonly cause: 'spawn' | 'memory' | 'limit' | 'signal' | 'exit'
}

// Enough of what a dying worker says last to tell why it died.
const keptOutput = 4_000

const sizeOption = /--max[-_]old[-_]space[-_]size/

function nodeOptions({ memory, env }: WorkerProcessOptions): string[] {
  // Whoever says it themselves knows better how much of the limit is the heap's.
  const isSaid = sizeOption.test(env['NODE_OPTIONS'] ?? '')
  const heap = memory === null || isSaid ? [] : [`--max-old-space-size=${heapMebibytes(memory.limitBytes)}`]
  return ['--enable-source-maps', ...heap]
}

function describeUse(usedBytes: number | null, limitBytes: number): string {
  const [used = 0, limit = 0] = [usedBytes ?? 0, limitBytes].map((bytes) => Math.ceil(bytes / 2 ** 20))
  return usedBytes === null
    ? `it filled its heap, and may use ${limit} MiB of memory`
    : `it used ${used} MiB of memory, and may use ${limit} MiB`
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A Node process that runs task code, and the frames exchanged with it. */
export class WorkerProcess {
  readonly #options: WorkerProcessOptions
  readonly #process: ChildProcess
  readonly #socket: Duplex
  #lastOutput = ''
  #isOutOfMemory = false
  /** What it used, once that was more than it may. */
  #exceeded: number | null = null
  #gone = false
  #flushQueued = false
  #specs: ServerSpecDef[] = []
  #assigns: Assign[] = []
  #children: ChildUpdate[] = []
  #cancels: Cancel[] = []
  #welcome = false
  #drain = false
  /** Resolves when the process has ended. */
  readonly gone: Promise<void>
  #resolveGone: () => void = () => {}

  constructor(options: WorkerProcessOptions) {
    this.#options = options
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve
    })
    this.#process = spawn(process.execPath, [...nodeOptions(options), options.bundlePath], {
      env: { ...options.env, TERN_WORKER_FD: '3' },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      windowsHide: true,
      // What it starts counts with it.
      detached: this.#hasGroup,
    })
    const endWatch = this.#watchMemory()
    this.#socket = this.#process.stdio[3] as Duplex
    readFrames(this.#socket, (frame) => this.#receive(frame))
    // A write after the process died fails here; its exit is what counts.
    this.#socket.on('error', () => this.#process.kill('SIGKILL'))
    this.#capture('stdout', this.#process.stdout)
    this.#capture('stderr', this.#process.stderr)
    const kills = oomKills()
    this.#process.on('error', (error) => this.#end('spawn', `it could not be started: ${error.message}`))
    this.#process.on('exit', () => endWatch())
    this.#process.on('close', (code, signal) => {
      if (this.#exceeded !== null || (this.#isOutOfMemory && options.memory !== null))
        this.#end('limit', describeUse(this.#exceeded, options.memory?.limitBytes ?? 0))
      else if (this.#isOutOfMemory || (signal === 'SIGKILL' && oomKills() > kills))
        this.#end('memory', 'it ran out of memory')
      else if (signal !== null) this.#end('signal', `it was killed by ${signal}`)
      else this.#end('exit', `it exited with code ${code}`)
    })
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** A spec that later assigns refer to. */
  define(spec: ServerSpecDef): void {
    this.#specs.push(spec)
  }

  assign(assign: Assign): void {
    this.#assigns.push(assign)
    this.#flushSoon()
  }

  deliver(update: ChildUpdate): void {
    this.#children.push(update)
    this.#flushSoon()
  }

  cancel(cancel: Cancel): void {
    this.#cancels.push(cancel)
    this.#flushSoon()
  }

  /** Lets the worker finish what it has; it exits by itself. */
  drain(): void {
    this.#drain = true
    this.#flushSoon()
  }

  kill(): void {
    const { pid } = this.#process
    if (this.#hasGroup && pid !== undefined && !this.#gone) endGroup(pid)
    this.#process.kill('SIGKILL')
  }

  get #hasGroup(): boolean {
    return this.#options.memory !== null && process.platform !== 'win32'
  }

  /** Returns what ends the watch. */
  #watchMemory(): () => void {
    const { memory } = this.#options
    const { pid } = this.#process
    if (memory === null || pid === undefined) return () => {}
    const { limitBytes, watch } = memory
    const onExceeded = (usedBytes: number): void => {
      this.#exceeded = usedBytes
      this.kill()
    }
    return watch.watch({ group: pid, limitBytes, onExceeded })
  }

  #receive(bytes: Uint8Array): void {
    let frame: WorkerFrame
    try {
      frame = fromBinary(WorkerFrameSchema, bytes)
    } catch (error) {
      this.#options.onOutput('stderr', `sent a frame that cannot be read: ${String(error)}`)
      this.kill()
      return
    }
    if (frame.hello !== undefined) {
      this.#welcome = true
      this.#flushSoon()
    }
    this.#options.onFrame(frame)
  }

  /** One frame for everything that this turn of the event loop produces. */
  #flushSoon(): void {
    if (this.#flushQueued) return
    this.#flushQueued = true
    queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    this.#flushQueued = false
    if (this.#gone) return
    const frame = create(ServerFrameSchema)
    if (this.#welcome) frame.welcome = this.#makeWelcome()
    frame.specs = this.#specs
    frame.children = this.#children
    frame.assigns = this.#assigns
    frame.cancels = this.#cancels
    if (this.#drain) frame.drain = { $typeName: 'tern.worker.v1.Drain' }
    this.#welcome = false
    this.#specs = []
    this.#children = []
    this.#assigns = []
    this.#cancels = []
    this.#drain = false
    writeFrame(this.#socket, toBinary(ServerFrameSchema, frame))
  }

  #makeWelcome(): ReturnType<typeof create<typeof WelcomeSchema>> {
    const { serverVersion, maxInlineBytes } = this.#options
    return create(WelcomeSchema, { protocolVersion, serverVersion, maxInlineBytes })
  }

  #capture(stream: 'stdout' | 'stderr', output: Readable | null): void {
    output?.setEncoding('utf8')
    output?.on('data', (text: string) => {
      if (stream === 'stderr') {
        this.#lastOutput = (this.#lastOutput + text).slice(-keptOutput)
        this.#isOutOfMemory ||= /^FATAL ERROR: .*out of memory/m.test(this.#lastOutput)
      }
      this.#options.onOutput(stream, text)
    })
  }

  #end(cause: WorkerEnd['cause'], how: string): void {
    if (this.#gone) return
    this.#gone = true
    this.#socket.destroy()
    this.#resolveGone()
    const said = this.#lastOutput.trim()
    // What V8 says of its heap, and the frames of its own stack, tell nobody more.
    const reason = said === '' || cause === 'memory' || cause === 'limit' ? how : `${how}; it said last:\n${said}`
    this.#options.onGone({ cause, reason })
  }
}
