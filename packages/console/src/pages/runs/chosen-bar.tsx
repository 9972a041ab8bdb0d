import { Link } from '@tanstack/react-router'
import type { Run } from '@tern/idl/workflow'
import { CircleSlash, GitCompare } from 'lucide-react'
import { useState } from 'react'
import { useScope } from '../../app/scope.ts'
import { Button, buttonClass } from '../../design/button.tsx'
import { useKeys } from '../../design/keys.ts'
import { isTerminal } from '../../model/phases.ts'
import { AbortRunsDialog } from './abort-runs-dialog.tsx'
import type { ChosenRuns } from './use-choice.ts'

/** What can be done with the runs that were chosen. */
export function ChosenBar({ runs, choice }: { runs: ReadonlyArray<Run>; choice: ChosenRuns }) {
  const [isAborting, setAborting] = useState(false)
  const { chosen, clear } = choice
  const scope = useScope()
  const names = runs.flatMap(({ action }) => {
    const name = action?.id?.run?.name ?? ''
    return chosen.has(name) && !isTerminal(action?.status?.phase) ? name : []
  })
  const [newer, older] = runs.flatMap(({ action }) => action?.id?.run?.name ?? []).filter((name) => chosen.has(name))
  useKeys({ Escape: chosen.size > 0 ? clear : undefined })
  if (chosen.size === 0 && !isAborting) return null
  return (
    <div
      role="toolbar"
      aria-label="Chosen runs"
      className="sticky bottom-0 mt-auto flex shrink-0 flex-wrap items-center gap-2 border-t border-line bg-raised px-4 py-2 shadow-float md:px-5"
    >
      <span className="w-full min-w-0 grow text-xs sm:w-auto" role="status">
        {chosen.size === 1 ? '1 run chosen' : `${chosen.size} runs chosen`}
        {names.length < chosen.size && (
          <span className="text-muted">
            {names.length === 0 ? ', none of which is running' : `, ${names.length} of which still run`}
          </span>
        )}
      </span>
      <Button size="small" look="ghost" onClick={clear}>
        Choose none
      </Button>
      {newer !== undefined && older !== undefined && chosen.size === 2 && (
        <Link
          to="/v2/domain/$domain/project/$project/runs/$run/compare"
          params={{ ...scope, run: newer }}
          search={{ with: older }}
          className={buttonClass({ size: 'small' })}
        >
          <GitCompare size={13} aria-hidden />
          Compare
        </Link>
      )}
      <Button
        size="small"
        look="danger"
        icon={<CircleSlash size={13} aria-hidden />}
        disabled={names.length === 0}
        onClick={() => setAborting(true)}
      >
        Abort {names.length > 1 ? `${names.length} runs` : ''}
      </Button>
      {isAborting && <AbortRunsDialog runs={names} onClose={() => setAborting(false)} onDone={clear} />}
    </div>
  )
}
