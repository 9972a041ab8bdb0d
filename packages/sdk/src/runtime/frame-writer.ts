import { type MessageInitShape, create, toBinary } from '@bufbuild/protobuf'
import { WorkerFrameSchema } from '@tern/idl/worker'
import { WireWriter } from '../types/wire.ts'

// Field numbers of tern.worker.v1. The items that every action sends are written by hand, at a fraction of the cost of
// building messages; the rest goes through the generated code. Protobuf lets both stand side by side in one message.
const field = { logs: 2, specs: 3, enqueues: 4, started: 5, childAborts: 6, completed: 7 } as const

const item = new WireWriter(4096)
const nested = new WireWriter(4096)
const minimumFrameBytes = 16 * 1024

export interface EnqueueItem {
  readonly parent: number
  readonly name: string
  readonly specRef: number
  readonly inputs: Uint8Array | undefined
  readonly inputsUri: string
  readonly group: string
  readonly cacheKey: string
  readonly queue: string
  /** Instead of a spec, the deployed task. */
  readonly deployed?:
    | {
        readonly name: string
        readonly version: string
        readonly override?: Uint8Array | undefined
        readonly project?: string | undefined
        readonly domain?: string | undefined
      }
    | undefined
  readonly isDetached: boolean
}

export interface CompletedItem {
  readonly attempt: number
  readonly outputs: Uint8Array | undefined
  readonly outputsUri: string
  readonly atMs: number
  readonly startedAtMs: number
}

/** 1 for stdout, 2 for stderr, 3 for what the worker itself says about an attempt. */
export type LogStream = 1 | 2 | 3

/** Collects what a worker has to say until it is sent, as the bytes of one frame. */
export class FrameWriter {
  private frame = new WireWriter(minimumFrameBytes)

  get isEmpty(): boolean {
    return this.frame.length === 0
  }

  get length(): number {
    return this.frame.length
  }

  /** The frame, with its length before it, and begins the next. */
  take(): Buffer {
    const body = this.frame.view()
    const bytes = Buffer.allocUnsafe(4 + body.length)
    bytes.writeUInt32LE(body.length, 0)
    bytes.set(body, 4)
    // One large frame, of a wide fan-out, must not hold its memory for the life of the worker.
    if (body.length > 64 * minimumFrameBytes) this.frame = new WireWriter(minimumFrameBytes)
    else this.frame.reset()
    return bytes
  }

  /** Adds items that are rare. */
  add(items: MessageInitShape<typeof WorkerFrameSchema>): void {
    this.frame.raw(toBinary(WorkerFrameSchema, create(WorkerFrameSchema, items)))
  }

  spec(specRef: number, taskSpec: Uint8Array): void {
    item.reset()
    varint(item, 1, specRef)
    bytes(item, 2, taskSpec)
    bytes(this.frame, field.specs, item.view())
  }

  enqueue(child: EnqueueItem): void {
    item.reset()
    varint(item, 1, child.parent)
    text(item, 2, child.name)
    varint(item, 3, child.specRef)
    if (child.inputs !== undefined) bytes(item, 4, child.inputs)
    else text(item, 5, child.inputsUri)
    if (child.group !== '') text(item, 6, child.group)
    if (child.cacheKey !== '') text(item, 7, child.cacheKey)
    if (child.queue !== '') text(item, 8, child.queue)
    if (child.deployed !== undefined) {
      const { name, version, override, project = '', domain = '' } = child.deployed
      nested.reset()
      text(nested, 1, name)
      text(nested, 2, version)
      if (override !== undefined) bytes(nested, 3, override)
      if (project !== '') text(nested, 4, project)
      if (domain !== '') text(nested, 5, domain)
      bytes(item, 10, nested.view())
    }
    if (child.isDetached) varint(item, 11, 1)
    bytes(this.frame, field.enqueues, item.view())
  }

  completed(done: CompletedItem): void {
    item.reset()
    varint(item, 1, done.attempt)
    if (done.outputs !== undefined) bytes(item, 2, done.outputs)
    else text(item, 3, done.outputsUri)
    time(item, 4, done.atMs)
    if (done.startedAtMs !== 0) time(item, 5, done.startedAtMs)
    bytes(this.frame, field.completed, item.view())
  }

  started(attempt: number, atMs: number): void {
    item.reset()
    varint(item, 1, attempt)
    time(item, 2, atMs)
    bytes(this.frame, field.started, item.view())
  }

  childAbort(parent: number, name: string, reason: string): void {
    item.reset()
    varint(item, 1, parent)
    text(item, 2, name)
    text(item, 3, reason)
    bytes(this.frame, field.childAborts, item.view())
  }

  log(attempt: number, stream: LogStream, atMs: number, line: string): void {
    nested.reset()
    time(nested, 1, atMs)
    varint(nested, 2, stream)
    text(nested, 3, line)
    item.reset()
    varint(item, 1, attempt)
    bytes(item, 2, nested.view())
    bytes(this.frame, field.logs, item.view())
  }
}

function varint(out: WireWriter, number: number, value: number): void {
  out.byte(number << 3)
  out.varint(value)
}

function time(out: WireWriter, number: number, ms: number): void {
  out.byte((number << 3) | 1)
  out.double(ms)
}

function bytes(out: WireWriter, number: number, value: Uint8Array): void {
  out.byte((number << 3) | 2)
  out.varint(value.length)
  out.raw(value)
}

function text(out: WireWriter, number: number, value: string): void {
  out.byte((number << 3) | 2)
  out.varint(Buffer.byteLength(value))
  out.utf8(value)
}
