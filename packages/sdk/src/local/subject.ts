import type { ConditionAction } from '@tern/idl/workflow'
import { cachingOf } from '../authoring/caching.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { SleepKind } from '../kinds/sleep-kind.ts'
import { type LocalPolicy, noPolicy, policyOfCondition, policyOfTask } from './local-policy.ts'

/** What an action is about. */
export type Subject =
  | { readonly kind: 'task'; readonly definition: TaskDefinition; readonly cacheKey: string | null }
  | { readonly kind: 'condition'; readonly spec: ConditionAction }
  | { readonly kind: 'trace'; readonly functionName: string }

/** The full name of the task; of a trace the function's, of a condition its own. */
export function titleOf(subject: Subject): string {
  if (subject.kind === 'task') return subject.definition.name
  return subject.kind === 'condition' ? subject.spec.name : subject.functionName
}

export function policyOf(subject: Subject): LocalPolicy {
  if (subject.kind === 'task') return policyOfTask(subject.definition)
  return subject.kind === 'condition' ? policyOfCondition(subject.spec) : noPolicy
}

/** Whether one action with its cache key is to compute the result, and the others wait for it. */
export function serializesCache(subject: Subject): boolean {
  return subject.kind === 'task' && cachingOf(subject.definition).serialize
}

/** Whether it does nothing but wait for time. */
export function isSleeper(subject: Subject): boolean {
  return subject.kind === 'task' && subject.definition.kind instanceof SleepKind
}
