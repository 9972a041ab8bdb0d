import { useMemo, useRef, useState } from 'react'
import type { Choice } from './run-list.tsx'

export interface ChosenRuns extends Choice {
  readonly clear: () => void
}

/** Which of the runs that are shown somebody has chosen. Those that are no longer shown are not chosen either. */
export function useChoice(shown: ReadonlyArray<string>): ChosenRuns {
  const [names, setNames] = useState<ReadonlySet<string>>(new Set())
  const last = useRef<string | undefined>(undefined)
  const chosen = useMemo(() => new Set(shown.filter((name) => names.has(name))), [shown, names])
  return {
    chosen,
    clear: () => setNames(new Set()),
    toggle(run, isRange) {
      const next = new Set(chosen)
      const isAdded = !next.has(run)
      for (const name of isRange ? between(shown, last.current, run) : [run]) {
        if (isAdded) next.add(name)
        else next.delete(name)
      }
      last.current = run
      setNames(next)
    },
  }
}

function between(names: ReadonlyArray<string>, one: string | undefined, other: string): ReadonlyArray<string> {
  const [from, to] = [names.indexOf(one ?? other), names.indexOf(other)]
  return from < 0 ? [other] : names.slice(Math.min(from, to), Math.max(from, to) + 1)
}
