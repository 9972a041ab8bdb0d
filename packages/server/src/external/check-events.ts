import { toBinary } from '@bufbuild/protobuf'
import { InvalidArgumentError, phaseName } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { type ActionEvent, ActionEventSchema } from '@tern/idl/workflow'
import type { ActionKey } from '../engine/model.ts'

// Attempts are numbered by hand or by machine, and either way not that often.
const maxAttempt = 1_000_000
// What is said of an attempt, and not its data: it is stored for good, and read many at a time.
const maxEventBytes = 256 * 1024

/** Whose event it is. Throws InvalidArgumentError for one that does not say, or that cannot be. */
export function keyOfEvent(event: ActionEvent, field: string): ActionKey {
  const { id, attempt, phase } = event
  if (id?.run === undefined) throw invalid(`${field}.id`, 'value is required')
  checkAttempt(attempt, `${field}.attempt`)
  checkPhase(phase, `${field}.phase`)
  const size = toBinary(ActionEventSchema, event).length
  if (size > maxEventBytes) throw invalid(field, `has ${size} bytes, ${maxEventBytes} are allowed`)
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
