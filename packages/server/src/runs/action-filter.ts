import { InvalidArgumentError } from '@tern/core'
import { type Filter, Filter_Function } from '@tern/idl/common'
import type { ActionSummary } from '../store/actions-repository.ts'

/** Which actions of a run a watcher wants to see. */
export type ActionFilter = (action: ActionSummary) => boolean

/**
 * Reads the filters of a watch: phases (any of those named) and a part of the name, case aside. An action must pass
 * both. Throws InvalidArgumentError for any other filter.
 */
export function parseActionFilter(filters: ReadonlyArray<Filter>): ActionFilter {
  const phases = new Set<number>()
  let name = ''
  for (const filter of filters) {
    const field = filter.field.toUpperCase()
    if (field === 'PHASE' && filter.function === Filter_Function.VALUE_IN) {
      for (const value of filter.values) phases.add(parsePhase(value))
    } else if (field === 'NAME' && filter.function === Filter_Function.CONTAINS_CASE_INSENSITIVE) {
      name = filter.values[0]?.toLowerCase() ?? name
    } else {
      throw new InvalidArgumentError(`filter on ${filter.field} is not available here`, {
        field: 'filter',
        hint: 'Filter by PHASE with VALUE_IN, or by NAME with CONTAINS_CASE_INSENSITIVE.',
      })
    }
  }
  return (action) =>
    (phases.size === 0 || phases.has(action.phase)) && (name === '' || shownName(action).toLowerCase().includes(name))
}

/** What an action is called in trees: the task's short name, or the last part of its name. */
function shownName({ spec, name }: ActionSummary): string {
  if (spec.shortName !== '') return spec.shortName
  return spec.taskName === '' ? name : spec.taskName.slice(spec.taskName.lastIndexOf('.') + 1)
}

function parsePhase(value: string): number {
  if (/^\d{1,3}$/.test(value)) return Number(value)
  throw new InvalidArgumentError(`filter on PHASE: ${JSON.stringify(value)} is not the number of a phase`, {
    field: 'filter',
  })
}
