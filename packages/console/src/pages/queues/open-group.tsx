import { useVirtualizer } from '@tanstack/react-virtual'
import { Link } from '@tanstack/react-router'
import type { WaitingAction } from '@tern/idl/status'
import { useRef } from 'react'
import type { Scope } from '../../app/scope.ts'
import { ProblemLine, Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { msOf } from '../../model/times.ts'
import { TimeUntil } from '../triggers/next-time.tsx'
import type { Waits } from './merge-status.ts'
import { useStatus } from './use-status.ts'

const mostActions = 1000
const lineHeight = 32

/** All actions of a group that a server tells of, of which those are there that can be seen. */
export function OpenGroup({ group, scope }: { group: Waits; scope: Scope | undefined }) {
  const { status, error, isPlaceholderData } = useStatus(scope, { group: group.key, limit: mostActions })
  const scroller = useRef<HTMLDivElement>(null)
  const found = isPlaceholderData ? undefined : status
  const actions = found?.waits.find(({ key }) => key === group.key)?.actions ?? []
  const virtualizer = useVirtualizer({
    count: actions.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 6,
  })
  if (found === undefined) return error === null ? <Skeleton lines={3} /> : <ProblemLine error={error} />
  return (
    <div>
      <div
        ref={scroller}
        role="group"
        tabIndex={0}
        aria-label="Actions that wait"
        className="max-h-96 overflow-auto border-t border-line bg-canvas outline-offset-[-2px]"
      >
        <ul className="relative" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const action = actions[index]
            return (
              action && (
                <li
                  key={index}
                  aria-setsize={actions.length}
                  aria-posinset={index + 1}
                  className="absolute inset-x-0"
                  style={{ height: lineHeight, transform: `translateY(${start}px)` }}
                >
                  <ActionLine action={action} />
                </li>
              )
            )
          })}
        </ul>
      </div>
      {group.count > actions.length && (
        <p className="border-t border-line px-4 py-2 pl-10 text-xs text-muted">
          The {actions.length.toLocaleString()} that wait the longest, of {group.count.toLocaleString()}
        </p>
      )}
    </div>
  )
}

/** An action that waits, with the way to it. */
function ActionLine({ action: { id, name, since, amount, until, waitsFor } }: { action: WaitingAction }) {
  const { project = '', domain = '', name: run = '' } = id?.run ?? {}
  const untilMs = msOf(until)
  return (
    <div className="flex h-8 items-center gap-3 pr-4 pl-10 text-xs">
      <Link
        to="/v2/domain/$domain/project/$project/runs/$run"
        params={{ project, domain, run }}
        search={{ a: id?.name ?? 'a0' }}
        className="min-w-0 truncate hover:underline"
      >
        {name || id?.name}
      </Link>
      <span className="hidden min-w-0 shrink truncate font-mono text-2xs text-muted sm:block">{run}</span>
      <span className="hidden truncate text-faint lg:block">
        {project}, {domain}
      </span>
      <span className="ml-auto flex shrink-0 gap-3 text-muted">
        {amount !== '' && <span className="tabular-nums">asks for {amount}</span>}
        {waitsFor?.run !== undefined && (
          <Link
            to="/v2/domain/$domain/project/$project/runs/$run"
            params={{ project: waitsFor.run.project, domain: waitsFor.run.domain, run: waitsFor.run.name }}
            search={{ a: waitsFor.name }}
            className="text-accent hover:underline"
          >
            which computes
          </Link>
        )}
        {untilMs !== undefined && (
          <span>
            goes on <TimeUntil at={untilMs} />
          </span>
        )}
        <TimeAgo at={msOf(since)} />
      </span>
    </div>
  )
}
