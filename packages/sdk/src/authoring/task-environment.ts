import { InvalidArgumentError } from '@tern/core'
import type { DurationInput } from '@tern/core'
import { bindInterface } from '../types/task-interface.ts'
import type { Schema, Schemas } from '../types/standard-schema.ts'
import { FunctionKind } from '../kinds/function-kind.ts'
import type { KindTask, TaskKind } from '../kinds/task-kind.ts'
import { callerFile } from './caller-file.ts'
import { checkEnvironmentOptions, checkTaskOptions } from './check-options.ts'
import type { TaskContext } from './context.ts'
import {
  type AnyFunction,
  mayHaveTypes,
  readTaskArguments,
  type TaskArguments,
  unknownInterface,
  withNamedInputs,
  withoutInputNames,
} from './derived-task.ts'
import type { DerivedTaskOptions, TaskOf } from './derived-types.ts'
import { sleepDefinition } from './durable-time.ts'
import { declaredOptions } from './effective-options.ts'
import { changedOptions, checkDependencies, type EnvironmentChanges } from './environment-changes.ts'
import type { CallInputs, CallResult, FunctionInputs, FunctionResult } from './inference.ts'
import { registerEnvironment } from './registry.ts'
import { type Returned, streaming } from './streamed-lines.ts'
import { type AnyTask, createTask, type Task } from './task.ts'
import type { TaskDefinition, TaskFunction } from './task-definition.ts'
import { toTriggerList } from './trigger.ts'
import type { EffectiveOptions, SleepTaskOptions, TaskEnvironmentOptions, TaskOptions } from './task-options.ts'

type Declare = (environment: TaskEnvironment) => AnyTask

/** How a task is declared in another environment. */
const declarations = new WeakMap<object, Declare>()

/** For a method: whoever called that declares the environment. */
function newEnvironment(options: TaskEnvironmentOptions): TaskEnvironment {
  type Constructor = new (options: TaskEnvironmentOptions, declaredIn: string | undefined) => TaskEnvironment
  return new (TaskEnvironment as Constructor)(options, callerFile(newEnvironment, 1))
}

/**
 * Bundles what a group of tasks has in common: the machine they run on, their variables and secrets, their policies.
 *
 * @throws InvalidArgumentError naming the option that is wrong
 */
export class TaskEnvironment {
  readonly name: string
  /** The file that declares it, as an absolute path, or `undefined` when that cannot be told. */
  readonly declaredIn: string | undefined
  private ownOptions: TaskEnvironmentOptions
  private readonly tasksByName = new Map<string, AnyTask>()

  constructor(options: TaskEnvironmentOptions)
  constructor(options: TaskEnvironmentOptions, declaredIn = callerFile(TaskEnvironment)) {
    checkEnvironmentOptions(options)
    checkDependencies(options.name, options.dependsOn, TaskEnvironment)
    this.name = options.name
    this.ownOptions = options
    this.declaredIn = declaredIn
    registerEnvironment(this)
  }

  /**
   * An environment of these options with copies of tasks from others, each as `copyOf` makes it.
   *
   * @throws InvalidArgumentError naming the option that is wrong, or the task that cannot be copied
   */
  static fromTasks(options: TaskEnvironmentOptions, ...tasks: readonly AnyTask[]): TaskEnvironment {
    const environment = newEnvironment(options)
    for (const task of tasks) environment.copyOf(task)
    return environment
  }

  /** What it was declared with, and the environments that it was told of since. */
  get options(): TaskEnvironmentOptions {
    return this.ownOptions
  }

  /**
   * Another environment, which has the options of this one where `changes` do not replace them, and none of its tasks: `copyOf`
   * brings those that are wanted. An option that is `undefined` stays as it is here; its empty value takes it back.
   *
   * @throws InvalidArgumentError naming the option that is wrong
   */
  cloneWith(changes: EnvironmentChanges): TaskEnvironment {
    return newEnvironment(changedOptions(this.ownOptions, changes))
  }

  /**
   * The task of another environment, declared in this one: the same function and the options of its own, with the options of
   * this environment.
   *
   * @throws InvalidArgumentError when there is a task of its name, or it was made by `override` or for a deployed task
   */
  copyOf<I extends object, R>(task: Task<I, R>): Task<I, R> {
    const declare = declarations.get(task)
    if (declare !== undefined) return declare(this) as unknown as Task<I, R>
    throw new InvalidArgumentError(`task ${task.name} cannot be copied into environment ${this.name}`, {
      field: 'task',
      hint: 'Copy the task as it was declared by an environment, and override the copy.',
    })
  }

  /**
   * Adds environments whose tasks are called from this one, where they could not be given as `dependsOn` because they are
   * declared later. One that is there already is not added again.
   *
   * @throws InvalidArgumentError for what is no environment, or is this one
   */
  addDependency(...environments: readonly TaskEnvironment[]): this {
    const { dependsOn = [] } = this.ownOptions
    const all = [...new Set([...dependsOn, ...environments])]
    checkDependencies(this.name, all, TaskEnvironment)
    this.ownOptions = { ...this.ownOptions, dependsOn: all }
    return this
  }

  /** Its tasks by full name, in the order of their declaration. */
  get tasks(): ReadonlyMap<string, AnyTask> {
    return this.tasksByName
  }

  /**
   * Declares a task of this environment.
   *
   * @param fn gets the inputs, with defaults filled in, and the context of its attempt; may be async, or a generator of lines
   *   for the log that returns the result
   * @throws InvalidArgumentError naming the option that is wrong, or the schema that has no wire form
   */
  task<I extends Schemas = {}, O extends Schema | undefined = undefined, N extends Schemas | undefined = undefined>(
    options: TaskOptions<I, O, N>,
    fn: (inputs: FunctionInputs<I>, context: TaskContext) => Returned<FunctionResult<O, N>>,
  ): Task<CallInputs<I>, CallResult<O, N>>
  /**
   * Declares a task whose interface comes from the types of its function: a parameter with a name is an input of that name,
   * and so is each member of one that is taken apart, as in `({ x, label = 'a' }: { x: number; label?: string })`. Texts come
   * from its documentation comment. It is called as the function is.
   *
   * `tern run`, `tern deploy` and the plugins of `@tern/sdk/build` find it out.
   *
   * @param fn may take its context last, a parameter of the type `TaskContext` or `AbortSignal`
   * @throws InvalidArgumentError when the function has no name
   */
  task<F extends AnyFunction>(fn: F): TaskOf<F>
  /** Declares a task whose interface comes from the types of its function, with options. */
  task<F extends AnyFunction>(options: DerivedTaskOptions, fn: F): TaskOf<F>
  // The first one again: of a call that fits none, TypeScript 7 says what is wrong with the last, and this is most often meant.
  /** @hidden */
  task<I extends Schemas = {}, O extends Schema | undefined = undefined, N extends Schemas | undefined = undefined>(
    options: TaskOptions<I, O, N>,
    fn: (inputs: FunctionInputs<I>, context: TaskContext) => Returned<FunctionResult<O, N>>,
  ): Task<CallInputs<I>, CallResult<O, N>>
  task(...args: readonly unknown[]): AnyTask {
    return this.declareTask(readTaskArguments(this, args))
  }

  private declareTask(given: TaskArguments): AnyTask {
    const { options, fn, derived, isUntyped } = given
    const schemas = derived === undefined ? {} : derived.schemasOf(`${this.name}.${options.name}`)
    const mayBeUntyped = derived === undefined && (isUntyped || mayHaveTypes(options))
    const name = this.checkNew(mayBeUntyped ? withoutInputNames(options, fn) : { ...options, ...schemas })
    // Functions given in place have no name; stack traces then show the task's.
    if (fn.name === '') Object.defineProperty(fn, 'name', { value: options.name, configurable: true })
    const run = derived === undefined ? (fn as TaskFunction) : withNamedInputs(fn, derived)
    const docs = options.docs ?? derived?.docs ?? {}
    const definition: TaskDefinition = {
      environment: this,
      name,
      functionName: options.name,
      kind: new FunctionKind(fn as TaskFunction),
      run: streaming(name, run),
      parameters: derived?.parameters,
      untyped: mayBeUntyped ? { fn, certain: isUntyped } : undefined,
      docs: typeof docs === 'string' ? { short: docs } : docs,
      interface: isUntyped ? unknownInterface(name) : bindInterface(name, { ...options, ...schemas }),
      options: declaredOptions(this.options, options),
      triggers: toTriggerList(options.triggers),
    }
    return this.add(definition, (other) => other.declareTask(given))
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
      options: declaredOptions(this.options, options, kind.plainTimeout),
      triggers: toTriggerList(options.triggers),
    }
    kind.check(task)
    const runWith = (changed: EffectiveOptions) => (inputs: never, context: TaskContext) =>
      kind.execute(inputs, context, { ...task, options: changed })
    return this.add({ ...task, kind, run: runWith(task.options), runWith }, (other) => other.taskOf(kind, options))
  }

  /**
   * Declares a task that only waits, for as long as its input `duration` says. On a server it needs no worker.
   *
   * @throws InvalidArgumentError naming the option that is wrong
   */
  sleep(options: SleepTaskOptions): Task<{ duration: DurationInput }, void> {
    this.checkNew(options)
    return this.add(sleepDefinition(this, options), (other) => other.sleep(options))
  }

  private checkNew(options: TaskOptions): string {
    checkTaskOptions(this.options, options)
    const name = `${this.name}.${options.name}`
    if (this.tasksByName.has(name)) throw new InvalidArgumentError(`task ${name} is declared twice`, { field: 'name' })
    return name
  }

  private add<I extends object, R>(definition: TaskDefinition, declare: Declare): Task<I, R> {
    const task = createTask<I, R>(definition)
    declarations.set(task, declare)
    this.tasksByName.set(definition.name, task)
    return task
  }
}
