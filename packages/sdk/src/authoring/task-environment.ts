import { InvalidArgumentError } from '@tern/core'
import type { DurationInput } from '@tern/core'
import { bindInterface } from '../types/task-interface.ts'
import type { Schema, Schemas } from '../types/standard-schema.ts'
import { FunctionKind } from '../kinds/function-kind.ts'
import type { KindTask, TaskKind } from '../kinds/task-kind.ts'
import { callerFile } from './caller-file.ts'
import { checkEnvironmentOptions, checkTaskOptions } from './check-options.ts'
import type { TaskContext } from './context.ts'
import { sleepDefinition } from './durable-time.ts'
import { declaredOptions } from './effective-options.ts'
import type { CallInputs, CallResult, FunctionInputs, FunctionResult } from './inference.ts'
import { registerEnvironment } from './registry.ts'
import { type AnyTask, createTask, type Task } from './task.ts'
import type { TaskDefinition, TaskFunction } from './task-definition.ts'
import { toTriggerList } from './trigger.ts'
import type { SleepTaskOptions, TaskEnvironmentOptions, TaskOptions } from './task-options.ts'

/**
 * Bundles what a group of tasks has in common: the machine they run on, their variables and secrets, their policies.
 *
 * @throws InvalidArgumentError naming the option that is wrong
 */
export class TaskEnvironment {
  readonly name: string
  readonly options: TaskEnvironmentOptions
  /** The file that declares it, as an absolute path, or `undefined` when that cannot be told. */
  readonly declaredIn: string | undefined
  private readonly tasksByName = new Map<string, AnyTask>()

  constructor(options: TaskEnvironmentOptions) {
    checkEnvironmentOptions(options)
    this.name = options.name
    this.options = options
    this.declaredIn = callerFile(TaskEnvironment)
    registerEnvironment(this)
  }

  /** Its tasks by full name, in the order of their declaration. */
  get tasks(): ReadonlyMap<string, AnyTask> {
    return this.tasksByName
  }

  /**
   * Declares a task of this environment.
   *
   * @param fn gets the inputs, with defaults filled in, and the context of its attempt; may be async
   * @throws InvalidArgumentError naming the option that is wrong, or the schema that has no wire form
   */
  task<I extends Schemas = {}, O extends Schema | undefined = undefined, N extends Schemas | undefined = undefined>(
    options: TaskOptions<I, O, N>,
    fn: (inputs: FunctionInputs<I>, context: TaskContext) => FunctionResult<O, N> | Promise<FunctionResult<O, N>>,
  ): Task<CallInputs<I>, CallResult<O, N>> {
    const name = this.checkNew(options)
    if (typeof fn !== 'function')
      throw new InvalidArgumentError(`task ${name}: the second argument must be its function`)
    // Functions given in place have no name; stack traces then show the task's.
    if (fn.name === '') Object.defineProperty(fn, 'name', { value: options.name, configurable: true })
    return this.add({
      environment: this,
      name,
      functionName: options.name,
      kind: new FunctionKind(fn as TaskFunction),
      run: fn as TaskFunction,
      docs: typeof options.docs === 'string' ? { short: options.docs } : (options.docs ?? {}),
      interface: bindInterface(name, options),
      options: declaredOptions(this.options, options),
      triggers: toTriggerList(options.triggers),
    })
  }

  /**
   * Declares a task without a function: what it does, its kind says.
   *
   * @param kind with the configuration of this task
   * @throws InvalidArgumentError naming the option that is wrong, or the schema that has no wire form
   */
  taskOf<I extends Schemas = {}, O extends Schema | undefined = undefined, N extends Schemas | undefined = undefined>(
    kind: TaskKind,
    options: TaskOptions<I, O, N>,
  ): Task<CallInputs<I>, CallResult<O, N>> {
    const name = this.checkNew(options)
    const task: KindTask = {
      environment: this,
      name,
      functionName: options.name,
      docs: typeof options.docs === 'string' ? { short: options.docs } : (options.docs ?? {}),
      interface: bindInterface(name, options),
      options: declaredOptions(this.options, options),
      triggers: toTriggerList(options.triggers),
    }
    kind.check(task)
    const run = (inputs: never, context: TaskContext) => kind.execute(inputs, context, task)
    return this.add({ ...task, kind, run })
  }

  /**
   * Declares a task that only waits, for as long as its input `duration` says. On a server it needs no worker.
   *
   * @throws InvalidArgumentError naming the option that is wrong
   */
  sleep(options: SleepTaskOptions): Task<{ duration: DurationInput }, void> {
    this.checkNew(options)
    return this.add(sleepDefinition(this, options))
  }

  private checkNew(options: TaskOptions): string {
    checkTaskOptions(this.options, options)
    const name = `${this.name}.${options.name}`
    if (this.tasksByName.has(name)) throw new InvalidArgumentError(`task ${name} is declared twice`, { field: 'name' })
    return name
  }

  private add<I extends object, R>(definition: TaskDefinition): Task<I, R> {
    const task = createTask<I, R>(definition)
    this.tasksByName.set(definition.name, task)
    return task
  }
}
