import type { Duration, DurationInput } from '@tern/core'
import { SleepKind } from '../kinds/sleep-kind.ts'
import type { TaskContext } from './context.ts'
import { dateSchema, durationSchema, floatSchema } from '../types/own-schemas.ts'
import { noContext } from '../types/inputs-context.ts'
import { bindInterface } from '../types/task-interface.ts'
import { currentScope } from './context.ts'
import { callDirectly } from './direct-call.ts'
import { declaredOptions } from './effective-options.ts'
import { refuseInGraph } from './graph-hook.ts'
import type { CallOptions } from './task.ts'
import type { TaskDefinition } from './task-definition.ts'
import type { TaskEnvironmentOptions, TaskOptions } from './task-options.ts'
import { builtInTrace } from './trace.ts'

const sleepKind = new SleepKind()

/** What a task is that only sleeps. */
export function sleepDefinition(
  environment: { readonly name: string; readonly options: TaskEnvironmentOptions },
  options: TaskOptions,
): TaskDefinition {
  const name = `${environment.name}.${options.name}`
  return {
    environment,
    name,
    functionName: options.name,
    kind: sleepKind,
    run: (inputs: { readonly duration: Duration }, context: TaskContext) => sleepKind.execute(inputs, context),
    docs: typeof options.docs === 'string' ? { short: options.docs } : (options.docs ?? {}),
    interface: bindInterface(name, { inputs: { duration: durationSchema } }),
    options: declaredOptions(environment.options, { ...options, cache: 'disable' }),
  }
}

const core = sleepDefinition({ name: 'core', options: { name: 'core' } }, { name: 'sleep' })

/**
 * Waits. Inside a run it is an action of its own that takes no worker, and that goes on when the worker or the server are
 * started anew: what has been slept is not slept again.
 *
 * @param duration `'5m'`, `'1h30m'` or `{ minutes: 5 }`
 * @throws DataValidationError when it is no duration, or negative
 */
export async function sleep(duration: DurationInput, options: CallOptions = {}): Promise<void> {
  refuseInGraph('sleep of @tern/sdk')
  const scope = currentScope()
  const { group = '', trace, parent } = scope ?? {}
  const signal = options.signal ?? (parent === undefined ? scope?.context.signal : undefined)
  const customContext = scope?.context.customContext ?? noContext
  const call = { definition: core, inputs: { duration }, group, signal, customContext, trace }
  await (parent === undefined ? callDirectly(call) : parent.callChild(call))
}

/** The time. Inside a run it is recorded, so that a task which is started again sees the time it saw before. */
export const now: () => Promise<Date> = builtInTrace(
  'now',
  dateSchema,
  () => new Date(currentScope()?.parent?.clock?.now() ?? Date.now()),
)

/** A random number, at least 0 and below 1. Inside a run it is recorded, so that a task which is started again gets it again. */
export const random: () => Promise<number> = builtInTrace('random', floatSchema, Math.random)
