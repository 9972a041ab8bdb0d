import { useQuery } from '@tanstack/react-query'
import type { DataSource } from '../../../data/stored-data.tsx'
import { Dialog } from '../../../design/dialog.tsx'
import { ErrorState, Skeleton } from '../../../design/states.tsx'
import { LaunchDialog } from '../../tasks/launch/launch-dialog.tsx'
import { rerunSnippets } from '../../tasks/launch/launch-snippets.ts'
import { type LaunchTarget, startRun } from '../../tasks/launch/launch-target.ts'
import { type Executed, loadExecuted } from './executed.ts'
import { relationTo } from './start-again.ts'

/** Runs what an action executed once more, the same code, with what somebody changes about its inputs. */
export function RerunDialog({ source, onClose }: { source: DataSource; onClose: () => void }) {
  const { project, domain, run, action } = source
  const { data, error, refetch } = useQuery({
    queryKey: ['executed', project, domain, run, action],
    queryFn: () => loadExecuted(source),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (data === undefined) {
    return (
      <Dialog isOpen isWide onClose={onClose} title="Rerun with changes">
        {error === null ? <Skeleton lines={4} /> : <ErrorState error={error} onRetry={() => void refetch()} />}
      </Dialog>
    )
  }
  const { inputs, runSpec } = data
  return (
    <LaunchDialog
      target={targetOf(source, data)}
      prefill={{ inputs: inputs.literals, context: inputs.context, runSpec }}
      onClose={onClose}
    />
  )
}

function targetOf(source: DataSource, executed: Executed): LaunchTarget {
  const { project, domain, run, action } = source
  const { spec } = executed
  const name = spec.taskTemplate?.id?.name ?? ''
  return {
    title: 'Rerun with changes',
    description: action === 'a0' ? `The code of ${run}, which ran ${name}` : `The code of ${name} in ${run}`,
    scope: { project, domain },
    spec,
    start: ({ runSpec, ...request }) =>
      startRun(
        source,
        { case: 'taskSpec', value: spec },
        {
          ...request,
          runSpec: { ...runSpec, relation: relationTo(executed, 'rerun') },
        },
      ),
    ...(action === 'a0' && { snippets: (wanted) => rerunSnippets({ project, domain }, run, wanted) }),
  }
}
