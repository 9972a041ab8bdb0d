import type { DataFrame } from '../io/data-frame.ts'
import type { Dir } from '../io/dir.ts'
import type { File } from '../io/file.ts'
import type { TaskOverrides } from '../authoring/task-options.ts'

declare const valueOf: unique symbol
declare const nothing: unique symbol

/**
 * Stands for a value that is not there yet. It has a call signature that nobody can use, so that the compiler objects to `if
 * (ref)`, `ref === x`, `ref < x` and the like.
 */
export interface Reference<T> {
  (value: never): never
  /** Of the type system only. */
  readonly [valueOf]: T
}

/** A reference, with what its value has inside as references too: `node.rows[0].name`. */
export type Ref<T> = Reference<T> & Parts<T>

/** What has no parts that a graph knows of. */
// biome-ignore lint/complexity/noBannedTypes: functions of any kind
type Whole = Date | Uint8Array | URL | File | Dir | DataFrame | Function | { readonly milliseconds: number }

type IsAny<T> = 0 extends 1 & T ? true : false

type Parts<T> =
  IsAny<T> extends true
    ? {}
    : [T] extends [Whole]
      ? {}
      : [T] extends [readonly (infer Item)[]]
        ? { readonly [index: number]: Ref<Item> }
        : [T] extends [object]
          ? { readonly [K in keyof T]-?: Ref<T[K]> }
          : {}

/** What a node gives that has no outputs. It can be put before or behind others. */
export interface VoidNode {
  (value: never): never
  /** Of the type system only. */
  readonly [nothing]: true
}

/** Anything that stands for a node: one of its outputs, or the node itself. */
export type AnyNode = Reference<unknown> | VoidNode

/** What an input takes in a graph: a value, a reference to one, or a list or an object with references in it. */
export type Bindable<T> = T | Reference<T> | BindableParts<T>

type BindableParts<T> = T extends Whole ? never : T extends object ? { readonly [K in keyof T]: Bindable<T[K]> } : never

/** The inputs of a node, by name; for a task with positional arguments, a list. */
export type BindableInputs<I> = { [K in keyof I]: Bindable<I[K]> }

/** A task whose function takes one object also takes that, without the list around it. */
type NodeInputs<I> = BindableInputs<I> | (I extends readonly [(infer One)?] ? ObjectOnly<One> : never)

type ObjectOnly<T> = T extends Whole | readonly unknown[] ? never : T extends object ? BindableInputs<T> : never

/** What a node of a task gives that returns `R`: a reference to it, or to each of its named outputs. */
// biome-ignore lint/suspicious/noExplicitAny: of a task of which nothing is known
export type NodeOf<R> = IsAny<R> extends true ? any : [R] extends [undefined | void] ? VoidNode : Ref<R>

/** The arguments of `task.node`; inputs may be left out when every one has a default. */
export type NodeArguments<I extends object, Overrides = TaskNodeOptions> = keyof I extends never
  ? [inputs?: Record<string, never>, options?: Overrides]
  : Partial<I> extends I
    ? [inputs?: NodeInputs<I>, options?: Overrides]
    : [inputs: NodeInputs<I>, options?: Overrides]

/** What can be said about a node of any kind. */
export interface NodeOptions {
  /** Identifies the node in its graph, instead of `n0`, `n1` and so on. Made lower-case words with `-` between them. */
  readonly nodeName?: string | undefined
  /** What people see. Defaults to the name of what it calls. */
  readonly name?: string | undefined
  /** Nodes that have to end before this one starts, though it takes nothing from them. */
  readonly after?: AnyNode | readonly AnyNode[] | undefined
}

/** What can be said about a node of a task: how it runs otherwise than the task says. */
export type TaskNodeOptions = NodeOptions & Omit<TaskOverrides, 'shortName'>

/** The value that a reference stands for. */
export type ValueOf<N> = N extends Reference<infer T> ? T : never
