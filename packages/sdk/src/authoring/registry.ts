import { currentScope } from './context.ts'
import type { AnyTask } from './task.ts'
import type { TaskEnvironment } from './task-environment.ts'

/** One copy of the SDK in this process, and what was declared with it. */
export interface SdkCopy {
  readonly version: string
  readonly environments: TaskEnvironment[]
  readonly launchPlans: AnyTask[]
  /** Whether the code that runs now belongs to an action of this copy. */
  isInAction(): boolean
}

// Bundles bring their own copy of the SDK, so a process may hold several; this is where they see each other.
const copiesKey: unique symbol = Symbol.for('tern.sdk.copies') as never
const holder = globalThis as { [copiesKey]?: SdkCopy[] }

/** The version of this package; also goes into task specs. */
export const sdkVersion = '0.1.0'

const thisCopy: SdkCopy = {
  version: sdkVersion,
  environments: [],
  launchPlans: [],
  isInAction: () => currentScope()?.parent !== undefined,
}
holder[copiesKey] = [...(holder[copiesKey] ?? []), thisCopy]

export function registerEnvironment(environment: TaskEnvironment): void {
  thisCopy.environments.push(environment)
}

/** The environments declared with this copy of the SDK, in order. */
export function registeredEnvironments(): readonly TaskEnvironment[] {
  return thisCopy.environments
}

export function registerLaunchPlan(plan: AnyTask): void {
  thisCopy.launchPlans.push(plan)
}

/** The launch plans declared with this copy of the SDK, in order. */
export function registeredLaunchPlans(): readonly AnyTask[] {
  return thisCopy.launchPlans
}

/**
 * The other copy of the SDK whose action the calling code belongs to, if any. Tasks of this copy would not become its
 * children there.
 */
export function foreignAction(): SdkCopy | undefined {
  return holder[copiesKey]?.find((copy) => copy !== thisCopy && copy.isInAction())
}
