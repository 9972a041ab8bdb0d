import { FailedPreconditionError, InvalidArgumentError, isTerminalPhase, NotFoundError, phaseName } from '@tern/core'
import { RelationType } from '@tern/idl/common'
import type { RunSpec } from '@tern/idl/task'
import type { RunsRepository } from '../store/runs-repository.ts'

/**
 * Checks that the run which a run is to recover can be. Of actions to execute again, names that it does not have mean
 * nothing, as clients promise.
 *
 * Throws NotFoundError when it is not there, FailedPreconditionError while it goes on, InvalidArgumentError when none is
 * named.
 */
export async function checkRecovery(runs: RunsRepository, { relation, recover }: RunSpec): Promise<void> {
  if (relation?.relationType !== RelationType.RECOVER) {
    if (recover === undefined) return
    const field = 'run_spec.recover'
    throw new InvalidArgumentError(`${field}: there is no run to recover`, {
      field,
      hint: 'Name it in run_spec.relation, with the type RECOVER.',
    })
  }
  const { project = '', domain = '', name = '' } = relation.relatedTo ?? {}
  const run = await runs.find({ project, domain, run: name })
  if (run === undefined) {
    throw new NotFoundError(`run_spec.relation: run ${name} does not exist in ${project}/${domain}`)
  }
  if (!isTerminalPhase(run.phase)) {
    throw new FailedPreconditionError(`run ${name} cannot be recovered yet: it is ${phaseName(run.phase)}`, {
      hint: 'Wait for its end, or abort it.',
    })
  }
}
