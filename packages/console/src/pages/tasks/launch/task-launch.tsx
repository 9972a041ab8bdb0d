import { useQuery } from '@tanstack/react-query'
import type { TaskDetails } from '@tern/idl/task'
import { useScope } from '../../../app/scope.ts'
import { Dialog } from '../../../design/dialog.tsx'
import { ErrorState, Skeleton } from '../../../design/states.tsx'
import { loadExecuted } from '../../run/steer/executed.ts'
import { LaunchDialog } from './launch-dialog.tsx'
import { type LaunchTarget, taskTarget } from './launch-target.ts'

/** The launch form of a deployed task, filled with its defaults or with what an earlier run was given. */
export function TaskLaunch({
  details,
  versions,
  from,
  onClose,
}: {
  readonly details: TaskDetails
  readonly versions?: LaunchTarget['versions']
  /** The name of a run of the same project. */
  readonly from?: string | undefined
  readonly onClose: () => void
}) {
  const scope = useScope()
  const earlier = useQuery({
    queryKey: ['executed', scope.project, scope.domain, from],
    queryFn: () => loadExecuted({ ...scope, run: from ?? '', action: 'a0' }),
    enabled: from !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const target = taskTarget(details, versions)
  if (target === undefined) return null
  if (from !== undefined && earlier.data === undefined) {
    return (
      <Dialog isOpen isWide onClose={onClose} title={target.title} description={target.description}>
        {earlier.error === null ? <Skeleton lines={4} /> : <ErrorState error={earlier.error} />}
      </Dialog>
    )
  }
  const executed = earlier.data
  return (
    <LaunchDialog
      key={details.taskId?.version}
      target={target}
      prefill={
        executed && { inputs: executed.inputs.literals, context: executed.inputs.context, runSpec: executed.runSpec }
      }
      onClose={onClose}
    />
  )
}
