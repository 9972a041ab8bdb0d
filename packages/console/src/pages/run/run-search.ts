import { getRouteApi } from '@tanstack/react-router'
import type { ActionPhase } from '@tern/idl/common'
import { useCallback } from 'react'
import { phaseOfName } from '../../model/phases.ts'

const route = getRouteApi('/v2/domain/$domain/project/$project/runs/$run')

export type RunView = 'tree' | 'timeline' | 'graph'

/** What the page of a run keeps in its URL. */
export interface RunSearch {
  readonly view?: string
  readonly a?: string
  readonly tab?: string
  readonly q?: string
  readonly phase?: string
  readonly open?: string
  readonly shut?: string
  readonly attempt?: string
  readonly line?: string
  readonly find?: string
  readonly range?: string
  readonly file?: string
  readonly again?: string
}

export type RunSearchChange = { [Name in keyof RunSearch]?: RunSearch[Name] | undefined }

export function useRunParams() {
  return route.useParams()
}

export function useRunSearch() {
  const search: RunSearch = route.useSearch()
  const navigate = route.useNavigate()
  /**
   * @param change what changes; made of what the URL has by then, where that may have changed since the page was drawn
   * @param isStep whether going back leads to how it was before
   */
  const set = useCallback(
    (change: RunSearchChange | ((before: RunSearch) => RunSearchChange), isStep = false) =>
      void navigate({
        search: (before: RunSearch) =>
          ({ ...before, ...(typeof change === 'function' ? change(before) : change) }) as RunSearch,
        replace: !isStep,
      }),
    [navigate],
  )
  return { search, set }
}

export function viewOf({ view }: RunSearch): RunView {
  return view === 'timeline' || view === 'graph' ? view : 'tree'
}

/** Names in a parameter; they have no commas. */
export function namesOf(text: string | undefined): ReadonlyArray<string> {
  return text === undefined || text === '' ? [] : text.split(',')
}

export function textOf(names: Iterable<string>): string | undefined {
  const text = [...names].join(',')
  return text === '' ? undefined : text
}

/** Numbers of the phases that a filter names. */
export function phasesOf({ phase }: RunSearch): ReadonlyArray<ActionPhase> {
  return namesOf(phase).flatMap((name) => phaseOfName(name)?.phase ?? [])
}
