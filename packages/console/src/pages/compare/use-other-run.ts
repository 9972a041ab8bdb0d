import { Filter_Function, Sort_Direction } from '@tern/idl/common'
import { type RunDetails, RunService } from '@tern/idl/workflow'
import { useQuery } from '@connectrpc/connect-query'
import type { Scope } from '../../app/scope.ts'

const mostRuns = 100

/** The latest runs of a task. */
export function useRunsOf(scope: Scope, task: string | undefined) {
  const { data, error } = useQuery(
    RunService.method.listRuns,
    {
      scopeBy: { case: 'projectId' as const, value: { organization: '', name: scope.project, domain: scope.domain } },
      request: {
        limit: mostRuns,
        sortByFields: [{ key: 'created_at', direction: Sort_Direction.DESCENDING }],
        filters: [{ field: 'task_name', function: Filter_Function.EQUAL, values: [task ?? ''] }],
      },
    },
    { enabled: task !== undefined },
  )
  return { runs: data?.runs, error }
}

/** The name of the task that a run is of. */
export function taskOf(details: RunDetails | undefined): string | undefined {
  const metadata = details?.action?.metadata
  return metadata?.spec.case === 'task' ? metadata.spec.value.id?.name : undefined
}

/** The run that one wants to compare with, if one does not say: the one that it reruns or recovers, or the one before it. */
export function useOtherRun(scope: Scope, run: string, details: RunDetails | undefined) {
  const related = details?.runSpec?.relation?.relatedTo
  const isRelated = related?.project === scope.project && related.domain === scope.domain
  const { runs, error } = useRunsOf(scope, details === undefined || isRelated ? undefined : taskOf(details))
  if (isRelated) return { name: related.name, isKnown: true, error: null }
  const names = runs?.map(({ action }) => action?.id?.run?.name ?? '')
  const at = names?.indexOf(run) ?? -1
  const others = names?.filter((name) => name !== run)
  return { name: names?.[at + 1] ?? others?.[0], isKnown: runs !== undefined, error }
}
