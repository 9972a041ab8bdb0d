import { InvalidArgumentError } from '@tern/core'
import type { TaskEnvironmentOptions } from './task-options.ts'

/** What is different in the clone of an environment. */
export type EnvironmentChanges = Omit<Partial<TaskEnvironmentOptions>, 'name' | 'reusable'> & {
  readonly name: string
  /** `'off'`: its tasks have processes of their own. */
  readonly reusable?: TaskEnvironmentOptions['reusable'] | 'off'
}

/** The options with those in the place of others that are given. */
export function changedOptions(options: TaskEnvironmentOptions, changes: EnvironmentChanges): TaskEnvironmentOptions {
  const { reusable, ...plain } = changes
  const given = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined))
  const { reusable: own, ...rest } = options
  const kept = reusable ?? own
  return {
    ...rest,
    ...given,
    ...(kept === undefined || kept === 'off' ? {} : { reusable: kept }),
  } as TaskEnvironmentOptions
}

/** @throws InvalidArgumentError for what is no environment, or is the one itself */
export function checkDependencies(
  name: string,
  dependsOn: unknown,
  Environment: abstract new (...args: never) => { readonly name: string },
): void {
  if (dependsOn === undefined) return
  if (!Array.isArray(dependsOn) || dependsOn.some((other) => !(other instanceof Environment))) {
    throw invalid(name, 'dependsOn must be a list of environments', 'Give what new TaskEnvironment(…) makes.')
  }
  if (dependsOn.some((other: { readonly name: string }) => other.name === name)) {
    throw invalid(name, 'it cannot depend on itself, or on another of its name')
  }
}

function invalid(name: string, problem: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(`environment ${name}: ${problem}`, { field: 'dependsOn', hint })
}
