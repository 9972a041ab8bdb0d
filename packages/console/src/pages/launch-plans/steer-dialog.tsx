import type { LaunchPlan, LaunchPlanIdentifier } from '@tern/idl/launchplan'
import { Button } from '../../design/button.tsx'
import { Dialog } from '../../design/dialog.tsx'
import { ProblemLine } from '../../design/states.tsx'
import { scheduleText } from '../triggers/automation-text.ts'
import { useSteerPlan } from './use-steer-plan.ts'

/** Asks before a version becomes the active one. */
export function ActivateDialog({
  plan: { id, spec },
  active,
  onClose,
}: {
  readonly plan: LaunchPlan
  /** The version that is active now. */
  readonly active: string | undefined
  readonly onClose: () => void
}) {
  const { activate } = useSteerPlan(onClose)
  const schedule = spec?.schedule && scheduleText(spec.schedule)
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Activate ${id?.name}?`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={activate.isPending} onClick={() => activate.mutate(idOf(id))}>
            {activate.isPending ? 'Activating …' : 'Activate'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-2 text-sm">
        <p>
          Version <b className="font-mono text-xs font-medium">{id?.version}</b> is what everybody gets from now on who
          names no version
          {active !== undefined && <>, instead of {<b className="font-mono text-xs font-medium">{active}</b>}</>}.
        </p>
        {schedule !== undefined && (
          <p>
            Its schedule starts runs: <b className="font-medium">{schedule.words}</b>
            {schedule.zone !== undefined && ` (${schedule.zone})`}.
          </p>
        )}
        <ProblemLine error={activate.error} />
      </div>
    </Dialog>
  )
}

/** Asks before no version is active any more. */
export function DeactivateDialog({ plan: { id, spec }, onClose }: { plan: LaunchPlan; onClose: () => void }) {
  const { deactivate } = useSteerPlan(onClose)
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Deactivate ${id?.name}?`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" disabled={deactivate.isPending} onClick={() => deactivate.mutate(idOf(id))}>
            {deactivate.isPending ? 'Deactivating …' : 'Deactivate'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-2 text-sm">
        <p>
          {spec?.schedule === undefined ? 'No version is active then: ' : 'Its schedule starts no more runs. '}
          Who launches it has to name a version. Runs that are under way go on.
        </p>
        <ProblemLine error={deactivate.error} />
      </div>
    </Dialog>
  )
}

function idOf(id: LaunchPlanIdentifier | undefined) {
  return id === undefined ? {} : { id }
}
