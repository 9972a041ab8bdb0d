import { WireReader } from '../types/wire.ts'

// Field numbers of tern.worker.v1.Assign.
const textFields = {
  org: 2,
  project: 3,
  domain: 4,
  run: 5,
  action: 6,
  taskName: 8,
  taskVersion: 9,
  inputsUri: 11,
  group: 13,
  outputPrefix: 14,
  rawDataPrefix: 15,
  runBaseDir: 18,
} as const

const inputsField = 10
const runStartField = 12

/**
 * An attempt to run; tern.worker.v1.Assign. What every attempt needs is read at once, its texts when they are asked for,
 * which for a task that calls no other is hardly ever.
 */
export class Assignment {
  readonly attempt: number = 0
  readonly attemptNumber: number = 1
  readonly specRef: number = 0
  /** An earlier attempt, or an earlier run, may have recorded traces. */
  readonly replay: boolean = false
  /** A serialised flyteidl2.task.Inputs, unless it lies elsewhere. */
  readonly inputs: Uint8Array | undefined
  private readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    const reader = new WireReader(bytes)
    while (!reader.atEnd) {
      const tag = reader.varint()
      if (tag === 0x08) this.attempt = reader.varint()
      else if (tag === 0x38) this.attemptNumber = reader.varint()
      else if (tag === 0x88) this.specRef = reader.varint()
      else if (tag === 0x80) this.replay = reader.varint() !== 0
      else if (tag === ((inputsField << 3) | 2)) this.inputs = reader.bytes()
      else reader.skip(tag)
    }
  }

  /** When the run started, in milliseconds. */
  get runStartAtMs(): number {
    const reader = new WireReader(this.bytes)
    while (!reader.atEnd) {
      const tag = reader.varint()
      if (tag === ((runStartField << 3) | 1)) return reader.double()
      reader.skip(tag)
    }
    return 0
  }

  text(name: keyof typeof textFields): string {
    const wanted = (textFields[name] << 3) | 2
    const reader = new WireReader(this.bytes)
    while (!reader.atEnd) {
      const tag = reader.varint()
      if (tag === wanted) return reader.string()
      reader.skip(tag)
    }
    return ''
  }
}
