import { InvalidArgumentError } from '@tern/core'
import type { RunSpec } from '@tern/idl/task'

/** What to do when a trigger fires while a run of it is under way. */
export type Overlap = 'allow' | 'skip' | 'cancel'

export interface TriggerPolicy {
  /** How many of the instants that were missed are made up for, the latest ones: from 0 to Infinity. */
  readonly catchUp: number
  readonly overlap: Overlap
}

// The protocol has no field for either; annotations are what every client can set.

/** What their names begin with. */
export const policyPrefix = 'tern/'
const catchUpKey = `${policyPrefix}catch-up`
const overlapKey = `${policyPrefix}overlap`

const overlaps: ReadonlyArray<Overlap> = ['allow', 'skip', 'cancel']
const maxCatchUp = 10_000

const defaultPolicy: TriggerPolicy = { catchUp: 1, overlap: 'allow' }

/**
 * Reads the policies of a trigger from the annotations of its run spec.
 *
 * Throws InvalidArgumentError naming the annotation and what it may be.
 */
export function toPolicy(runSpec: RunSpec | undefined, field = 'spec.run_spec'): TriggerPolicy {
  const annotations = runSpec?.annotations?.values ?? {}
  return {
    catchUp: toCatchUp(annotations[catchUpKey], `${field}.annotations["${catchUpKey}"]`),
    overlap: toOverlap(annotations[overlapKey], `${field}.annotations["${overlapKey}"]`),
  }
}

function toCatchUp(value: string | undefined, field: string): number {
  if (value === undefined || value === 'latest') return defaultPolicy.catchUp
  if (value === 'all') return Number.POSITIVE_INFINITY
  if (value === 'none') return 0
  const count = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN
  if (count <= maxCatchUp) return count
  throw invalid(field, value, `all, latest, none or a number up to ${maxCatchUp}`)
}

function toOverlap(value: string | undefined, field: string): Overlap {
  if (value === undefined) return defaultPolicy.overlap
  const overlap = overlaps.find((known) => known === value)
  if (overlap !== undefined) return overlap
  throw invalid(field, value, overlaps.join(', '))
}

function invalid(field: string, value: string, allowed: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field}: ${JSON.stringify(value.slice(0, 80))} is not one of ${allowed}`, { field })
}
