import { FailedPreconditionError, InvalidArgumentError, isTerminalPhase, NotFoundError, phaseName } from '@tern/core'
import { RelationType } from '@tern/idl/common'
import type { RunSpec } from '@tern/idl/task'
import type { ActionsRepository } from '../store/actions-repository.ts'
import type { RunsRepository } from '../store/runs-repository.ts'

export interface RecoveryParts {
  readonly runs: RunsRepository
  readonly actions: ActionsRepository
}

/**
 * Checks that the run which a run is to recover can be.
 *
 * Throws NotFoundError when it is not there, FailedPreconditionError while it goes on, InvalidArgumentError for actions
 * to execute again that it does not have.
 */
export async function checkRecovery({ runs, actions }: RecoveryParts, { relation, recover }: RunSpec): Promise<void> {
  if (relation?.relationType !== RelationType.RECOVER) {
    if (recover === undefined) return
    const field = 'run_spec.recover'
    throw new InvalidArgumentError(`${field}: there is no run to recover`, {
      field,
      hint: 'Name it in run_spec.relation, with the type RECOVER.',
    })
  }
  const { project = '', domain = '', name = '' } = relation.relatedTo ?? {}
  const key = { project, domain, run: name }
  const run = await runs.find(key)
  if (run === undefined) {
    throw new NotFoundError(`run_spec.relation: run ${name} does not exist in ${project}/${domain}`)
  }
  if (!isTerminalPhase(run.phase)) {
    throw new FailedPreconditionError(`run ${name} cannot be recovered yet: it is ${phaseName(run.phase)}`, {
      hint: 'Wait for its end, or abort it.',
    })
  }
  for (const action of recover?.forceRerunActions ?? []) {
    if ((await actions.find({ ...key, action })) !== undefined) continue
    const field = 'run_spec.recover.force_rerun_actions'
    throw new InvalidArgumentError(`${field}: run ${name} has no action ${action}`, { field })
  }
}
