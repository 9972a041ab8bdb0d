import { InvalidArgumentError, phaseName } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import type { ActionEvent } from '@tern/idl/workflow'
import type { ActionKey } from '../engine/model.ts'

// Attempts are numbered by hand or by machine, and either way not that often.
const maxAttempt = 1_000_000

/** Whose event it is. Throws InvalidArgumentError for one that does not say, or that cannot be. */
export function keyOfEvent({ id, attempt, phase }: ActionEvent, field: string): ActionKey {
  if (id?.run === undefined) throw invalid(`${field}.id`, 'value is required')
  checkAttempt(attempt, `${field}.attempt`)
  checkPhase(phase, `${field}.phase`)
  return { project: id.run.project, domain: id.run.domain, run: id.run.name, action: id.name }
}

export function checkAttempt(attempt: number, field: string): void {
  if (attempt < 1) throw invalid(field, 'must be greater than 0')
  if (attempt > maxAttempt) throw invalid(field, `must not be greater than ${maxAttempt}`)
}

export function checkPhase(phase: ActionPhase, field: string): void {
  if (phase !== ActionPhase.UNSPECIFIED && phaseName(phase) === 'UNSPECIFIED') {
    throw invalid(field, 'value is not one of the known ones')
  }
}

function invalid(field: string, what: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field}: ${what}`, { field })
}
