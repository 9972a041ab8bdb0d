import { InvalidArgumentError } from '@tern/core'
import { isSchema, type InputOf, type OutputOf, type Schema, type Schemas } from '../types/standard-schema.ts'
import type { CallInputs, FunctionInputs } from './inference.ts'
import { sourceHash } from './source-hash.ts'
import { callTraced, iterateTraced } from './traced-call.ts'
import { type AnyFunction, TraceDefinition } from './trace-definition.ts'

/** What is known of a traced function beside its code. */
export interface TraceOptions<O extends Schema | undefined = Schema | undefined> {
  /** Stands for the function in the names of its actions, and is shown. */
  readonly name: string
  /** Schema of what the function returns; of each item, where it is a generator. Defaults to plain data. */
  readonly output?: O | undefined
}

type Generated<T> = AsyncGenerator<T, unknown, never> | Generator<T, unknown, never>

/** What a traced function may return, as its output schema has it. */
type Returned<O extends Schema | undefined> = O extends Schema
  ? InputOf<O> | Promise<InputOf<O>> | Generated<InputOf<O>>
  : unknown

/** What callers of a traced function get. */
export type TraceResult<R, O extends Schema | undefined = undefined> = [R] extends [never]
  ? Promise<never>
  : [R] extends [Generated<infer T>]
    ? AsyncGenerator<O extends Schema ? OutputOf<O> : T, void, undefined>
    : Promise<O extends Schema ? OutputOf<O> : Awaited<R>>

/**
 * Records what a function did, so that it is not done twice: when the task that calls it is started again, a call that had
 * ended gives its recorded result, or throws its recorded error if trying again is pointless. Outside a run the function
 * is just called.
 *
 * A call is told from others by the function's name and code, its inputs, and how many equal calls came before it in the
 * task; so tasks should make the same calls in the same order. A traced function may call tasks and traced functions. Of a
 * generator, the items are recorded when it has ended.
 *
 * Without schemas, inputs and results are plain data: what JSON has, and `Uint8Array`. Without a name it is called as the
 * function is in the bundle, which may have numbered it.
 *
 * @throws InvalidArgumentError when the function has no name and none is given, or a schema has no wire form
 */
export function trace<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => TraceResult<R>
export function trace<I extends Schemas, R extends Returned<O>, O extends Schema | undefined = undefined>(
  options: TraceOptions<O> & { readonly inputs: I },
  fn: (inputs: FunctionInputs<I>) => R,
): (inputs: CallInputs<I>) => TraceResult<R, O>
export function trace<A extends unknown[], R extends Returned<O>, O extends Schema | undefined = undefined>(
  options: TraceOptions<O> & { readonly inputs?: undefined },
  fn: (...args: A) => R,
): (...args: A) => TraceResult<R, O>
export function trace(
  first: AnyFunction | (TraceOptions & { readonly inputs?: Schemas | undefined }),
  fn?: AnyFunction,
): AnyFunction {
  const options = typeof first === 'function' ? { name: first.name } : first
  const run = typeof first === 'function' ? first : fn
  checkTrace(options, run)
  return traced(new TraceDefinition({ ...options, run, identity: `${options.name}-${sourceHash(run)}` }))
}

/** A traced function of the SDK's own, whose code does not count. */
export function builtInTrace<T>(name: string, output: Schema<T>, run: () => T): () => Promise<T> {
  return traced(new TraceDefinition({ name, output, run, identity: name })) as () => Promise<T>
}

function traced(definition: TraceDefinition): (...args: unknown[]) => unknown {
  const call = definition.isGenerator
    ? (...args: unknown[]) => iterateTraced(definition, args)
    : (...args: unknown[]) => callTraced(definition, args)
  return Object.defineProperty(call, 'name', { value: definition.name })
}

const knownOptions: ReadonlySet<string> = new Set(['name', 'inputs', 'output'])

function checkTrace(options: TraceOptions & { readonly inputs?: unknown }, run: unknown): asserts run is AnyFunction {
  const { name, output, inputs = {} } = options
  if (typeof run !== 'function')
    throw invalid('a function is needed', 'fn', 'Call it as trace(fn) or trace({ name }, fn).')
  if (typeof name !== 'string' || name === '') {
    throw invalid('the function has no name', 'name', 'Give one: trace({ name: … }, fn).')
  }
  const unknown = Object.keys(options).find((key) => !knownOptions.has(key))
  if (unknown !== undefined)
    throw invalid(`${name} has an unknown option ${unknown}`, unknown, 'There are name, inputs and output.')
  if (output !== undefined && !isSchema(output)) throw invalid(`the output of ${name} is not a schema`, 'output')
  if (typeof inputs !== 'object' || inputs === null || !Object.values(inputs).every(isSchema)) {
    throw invalid(`the inputs of ${name} are not schemas by name`, 'inputs')
  }
}

function invalid(problem: string, field: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(`trace: ${problem}`, { field, hint })
}
