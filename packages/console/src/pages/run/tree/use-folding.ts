import { useCallback, useMemo, useState } from 'react'
import type { RunRow } from '../../../model/run-rows.ts'
import { namesOf, textOf, useRunSearch } from '../run-search.ts'

/** Runs that are so small are shown with everything unfolded, but for larger groups. */
const smallRun = 100
const smallGroup = 12

/** Which rows are unfolded: the root, and in small runs the rest, unless the URL says otherwise. */
export function useFolding() {
  const { search, set } = useRunSearch()
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set())
  const { open, shut } = search
  const expanded = useMemo(() => {
    const ids = new Set(['a0', ...seen, ...namesOf(open)])
    for (const id of namesOf(shut)) ids.delete(id)
    return ids
  }, [open, shut, seen])

  const fold = useCallback(
    (id: string, isOpen: boolean) =>
      set((before) => {
        const [opened, closed] = [new Set(namesOf(before.open)), new Set(namesOf(before.shut))]
        const isUsuallyOpen = id === 'a0' || seen.has(id)
        opened.delete(id)
        closed.delete(id)
        if (isOpen && !isUsuallyOpen) opened.add(id)
        if (!isOpen && isUsuallyOpen) closed.add(id)
        return { open: textOf(opened), shut: textOf(closed) }
      }),
    [seen, set],
  )

  /** Unfolds what has come into sight, of a run that is small. */
  const unfold = useCallback(
    (root: RunRow | undefined, rows: Iterable<RunRow>) => {
      if (root === undefined || root.total > smallRun) return
      const found = [...rows].filter(
        ({ id, kind, hasChildren, total }) => hasChildren && !seen.has(id) && (kind !== 'group' || total <= smallGroup),
      )
      if (found.length > 0) setSeen(new Set([...seen, ...found.map(({ id }) => id)]))
    },
    [seen],
  )

  return { expanded, fold, unfold }
}
