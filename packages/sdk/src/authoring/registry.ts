import type { TaskEnvironment } from './task-environment.ts'

/** One copy of the SDK in this process, and what was declared with it. */
export interface SdkCopy {
  readonly version: string
  readonly environments: TaskEnvironment[]
}

// Bundles bring their own copy of the SDK, so a process may hold several; this is where they see each other.
const copiesKey: unique symbol = Symbol.for('tern.sdk.copies') as never
const holder = globalThis as { [copiesKey]?: SdkCopy[] }

/** The version of this package; also goes into task specs. */
export const sdkVersion = '0.1.0'

const thisCopy: SdkCopy = { version: sdkVersion, environments: [] }
holder[copiesKey] = [...(holder[copiesKey] ?? []), thisCopy]

export function registerEnvironment(environment: TaskEnvironment): void {
  thisCopy.environments.push(environment)
}

/** The environments declared with this copy of the SDK, in order. */
export function registeredEnvironments(): readonly TaskEnvironment[] {
  return thisCopy.environments
}

/** Every copy of the SDK that this process has loaded. */
export function sdkCopies(): readonly SdkCopy[] {
  return holder[copiesKey] ?? []
}
