import { currentPlace } from '../io/current-place.ts'
import { storeValues } from '../io/store-values.ts'
import { anySchema, checkPlain, listSchema } from '../types/own-schemas.ts'
import { readValues, writeValues, type WireValues } from '../types/literal-wire.ts'
import { bindInterface, type TaskInterface } from '../types/task-interface.ts'
import type { Schema, Schemas } from '../types/standard-schema.ts'
import { checkArrivedInputs, checkArrivedOutputs, checkGivenInputs, checkReturned } from '../types/validation.ts'

// biome-ignore lint/suspicious/noExplicitAny: the only type that every function is assignable to, either way
export type AnyFunction = (...args: any[]) => any

export interface TraceParts {
  readonly name: string
  /** Stands for the function in the names of its actions. */
  readonly identity: string
  readonly run: AnyFunction
  readonly inputs?: Schemas | undefined
  readonly output?: Schema | undefined
  /** Whether a result is recorded: what is not is done again by the next attempt. Defaults to always. */
  readonly keeps?: ((returned: unknown) => boolean) | undefined
}

const noBytes = new Uint8Array()

/** A traced function, and how its values travel. */
export class TraceDefinition {
  readonly name: string
  readonly identity: string
  readonly isGenerator: boolean
  private readonly parts: TraceParts
  /** Without schemas, by the number of arguments: each is an input. */
  private readonly interfaces = new Map<number, TaskInterface>()
  private item: TaskInterface | undefined

  constructor(parts: TraceParts) {
    this.parts = parts
    this.name = parts.name
    this.identity = parts.identity
    this.isGenerator = /Generator/.test(Object.prototype.toString.call(parts.run))
    // Schemas without a wire form are refused where they are declared.
    this.interfaceOf([])
  }

  /** Whether a result is recorded. */
  keeps(returned: unknown): boolean {
    return this.parts.keeps?.(returned) ?? true
  }

  interfaceOf(args: readonly unknown[]): TaskInterface {
    const { inputs, output = anySchema } = this.parts
    const arity = inputs === undefined ? args.length : 0
    let known = this.interfaces.get(arity)
    if (known === undefined) {
      const schemas = {
        inputs: inputs ?? Object.fromEntries(Array.from({ length: arity }, (_, i) => [argumentName(i), anySchema])),
        output: this.isGenerator ? listSchema(output, this.name) : output,
      }
      known = bindInterface(this.name, schemas, 'trace')
      this.interfaces.set(arity, known)
    }
    return known
  }

  /** The inputs as the wire has them, and their hash. */
  async write(args: readonly unknown[]): Promise<WireValues> {
    const task = this.interfaceOf(args)
    const given = this.parts.inputs === undefined ? byPosition(args) : ((args[0] ?? {}) as Record<string, unknown>)
    const values = await storeValues(task.inputs, await checkGivenInputs(task, given), currentPlace)
    return writeValues(task.inputs, values, { hashWithout: [] })
  }

  /** Calls the function. Defaults are filled in, and what schemas transform is transformed. */
  async call(args: readonly unknown[]): Promise<unknown> {
    const { inputs, run } = this.parts
    if (inputs === undefined) return run(...args)
    const task = this.interfaceOf(args)
    const values = await checkGivenInputs(task, (args[0] ?? {}) as Record<string, unknown>)
    return run(await checkArrivedInputs(task, values))
  }

  /** What the function returned, or a generator's items, as the wire has them. */
  async writeOutput(returned: unknown): Promise<Uint8Array> {
    return this.writeAs(this.interfaceOf([]), returned)
  }

  async readOutput(bytes: Uint8Array): Promise<unknown> {
    const task = this.interfaceOf([])
    return checkArrivedOutputs(task, readValues(task.outputs, bytes))
  }

  /** A generator's item as it will read when it is replayed. */
  async throughWire(item: unknown): Promise<unknown> {
    this.item ??= bindInterface(this.name, { output: this.parts.output ?? anySchema }, 'trace')
    const bytes = await this.writeAs(this.item, item)
    return checkArrivedOutputs(this.item, readValues(this.item.outputs, bytes))
  }

  private async writeAs(task: TaskInterface, returned: unknown): Promise<Uint8Array> {
    if (this.parts.output === undefined) {
      // Nothing reads as nothing: msgpack would make it null.
      if (returned === undefined) return noBytes
      checkPlain(returned)
    }
    const values = await checkReturned(task, returned)
    return writeValues(task.outputs, await storeValues(task.outputs, values, currentPlace)).bytes
  }
}

function argumentName(index: number): string {
  return `arg${index}`
}

function byPosition(args: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(args.map((value, index) => [argumentName(index), value]))
}
