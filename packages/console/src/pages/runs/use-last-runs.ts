import { useQuery } from '@connectrpc/connect-query'
import { type ActionPhase, Filter_Function, Sort_Direction } from '@tern/idl/common'
import { type Run, RunService } from '@tern/idl/workflow'
import { msOf } from '../../model/times.ts'

export interface LastRun {
  readonly name: string
  readonly phase: ActionPhase
  readonly startedAt: number | undefined
}

const mostNames = 100
const mostRuns = 200
const shown = 5
const refreshMs = 5_000

export interface LastRunsOptions {
  readonly project: string
  readonly domain: string
  /** A field of the list of runs, and which of its values are wanted. */
  readonly field: string
  readonly names: ReadonlyArray<string>
  /** That field, of a run. */
  readonly nameOf: (run: Run) => string
}

/**
 * The last few runs by a field, such as the name of their task, the newest first; found with one request, so that those of
 * something that has not run for long may be missing while others ran often. Undefined before the server has told them.
 */
export function useLastRuns({ project, domain, field, names, nameOf }: LastRunsOptions) {
  const { data } = useQuery(
    RunService.method.listRuns,
    {
      scopeBy: { case: 'projectId', value: { name: project, domain } },
      request: {
        limit: mostRuns,
        sortByFields: [{ key: 'created_at', direction: Sort_Direction.DESCENDING }],
        filters: [{ field, function: Filter_Function.VALUE_IN, values: names.slice(0, mostNames) }],
      },
    },
    { enabled: names.length > 0, refetchInterval: refreshMs, placeholderData: (before) => before },
  )
  return data && groupRuns(data.runs, nameOf)
}

function groupRuns(
  runs: ReadonlyArray<Run>,
  nameOf: (run: Run) => string,
): ReadonlyMap<string, ReadonlyArray<LastRun>> {
  const found = new Map<string, LastRun[]>()
  for (const run of runs) {
    const name = nameOf(run)
    const last = found.get(name) ?? []
    if (last.length < shown) last.push(toLastRun(run))
    found.set(name, last)
  }
  return found
}

function toLastRun({ action }: Run): LastRun {
  return {
    name: action?.id?.run?.name ?? '',
    phase: action?.status?.phase ?? 0,
    startedAt: msOf(action?.status?.startTime),
  }
}
