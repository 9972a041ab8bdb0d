import { fromBinary } from '@bufbuild/protobuf'
import {
  type Cancel,
  CancelSchema,
  type ServerSpecDef,
  ServerSpecDefSchema,
  type TaskError,
  TaskErrorSchema,
  type Welcome,
  WelcomeSchema,
} from '@tern/idl/worker'
import { WireReader } from '../types/wire.ts'
import { Assignment } from './assignment.ts'

/** How a child ended; tern.worker.v1.ChildUpdate. */
export interface ChildOutcome {
  parent: number
  name: string
  phase: number
  outputs: Uint8Array | undefined
  outputsUri: string
  error: TaskError | undefined
  /** Of a detached child: the name of its run. */
  run: string
}

/** One frame from the server, its items by kind in the order of their field numbers. */
export interface ServerItems {
  welcome: Welcome | undefined
  readonly specs: ServerSpecDef[]
  readonly children: ChildOutcome[]
  readonly assigns: Assignment[]
  readonly cancels: Cancel[]
  drain: boolean
}

/** Takes apart a ServerFrame. Items that every action receives are read by hand, for their number. */
export function readServerFrame(frame: Uint8Array): ServerItems {
  const items: ServerItems = { welcome: undefined, specs: [], children: [], assigns: [], cancels: [], drain: false }
  const reader = new WireReader(frame)
  while (!reader.atEnd) {
    const tag = reader.varint()
    if ((tag & 7) !== 2) {
      reader.skip(tag)
      continue
    }
    const bytes = reader.bytes()
    switch (tag >>> 3) {
      case 1:
        items.welcome = fromBinary(WelcomeSchema, bytes)
        break
      case 2:
        items.specs.push(fromBinary(ServerSpecDefSchema, bytes))
        break
      case 3:
        items.children.push(readChild(bytes))
        break
      case 4:
        items.assigns.push(new Assignment(bytes))
        break
      case 5:
        items.cancels.push(fromBinary(CancelSchema, bytes))
        break
      case 6:
        items.drain = true
        break
    }
  }
  return items
}

function readChild(bytes: Uint8Array): ChildOutcome {
  const child: ChildOutcome = {
    parent: 0,
    name: '',
    phase: 0,
    outputs: undefined,
    outputsUri: '',
    error: undefined,
    run: '',
  }
  const reader = new WireReader(bytes)
  while (!reader.atEnd) {
    const tag = reader.varint()
    switch (tag) {
      case 0x08:
        child.parent = reader.varint()
        break
      case 0x12:
        child.name = reader.string()
        break
      case 0x18:
        child.phase = reader.varint()
        break
      case 0x22:
        child.outputs = reader.bytes()
        break
      case 0x2a:
        child.outputsUri = reader.string()
        break
      case 0x32:
        child.error = fromBinary(TaskErrorSchema, reader.bytes())
        break
      case 0x3a:
        child.run = reader.string()
        break
      default:
        reader.skip(tag)
    }
  }
  return child
}

/** Cuts a byte stream into frames: four bytes of length, little endian, then the frame. */
export class FrameSplitter {
  private pending: Buffer[] = []
  private pendingBytes = 0

  /** The frames that are complete with this chunk. */
  push(chunk: Buffer): Buffer[] {
    this.pending.push(chunk)
    this.pendingBytes += chunk.length
    const frames: Buffer[] = []
    for (;;) {
      const length = this.frameLength()
      if (length === undefined || this.pendingBytes < 4 + length) return frames
      const joined = this.pending.length === 1 ? (this.pending[0] as Buffer) : Buffer.concat(this.pending)
      frames.push(joined.subarray(4, 4 + length))
      const rest = joined.subarray(4 + length)
      this.pending = rest.length === 0 ? [] : [rest]
      this.pendingBytes = rest.length
    }
  }

  private frameLength(): number | undefined {
    const first = this.pending[0]
    if (first === undefined || this.pendingBytes < 4) return undefined
    if (first.length >= 4) return first.readUInt32LE(0)
    const joined = Buffer.concat(this.pending)
    this.pending = [joined]
    return joined.readUInt32LE(0)
  }
}
