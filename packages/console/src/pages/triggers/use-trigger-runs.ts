import type { TriggerName } from '@tern/idl/common'
import { Sort_Direction } from '@tern/idl/common'
import { RunService } from '@tern/idl/workflow'
import { usePages } from '../../api/use-pages.ts'

const shown = 10

/** The last runs that a trigger has started, by its schedule or by hand. */
export function useTriggerRuns(name: TriggerName) {
  const query = usePages({
    method: RunService.method.listRuns,
    key: ['trigger', name.project, name.domain, name.taskName, name.name],
    request: () => ({
      scopeBy: { case: 'triggerName' as const, value: name },
      request: { limit: shown, sortByFields: [{ key: 'created_at', direction: Sort_Direction.DESCENDING }] },
    }),
    tokenOf: () => '',
    mostRefreshed: 1,
  })
  return { ...query, runs: query.data?.pages.flatMap(({ runs }) => runs) }
}
