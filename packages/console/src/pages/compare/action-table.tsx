import { Link } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronRight, Layers, Zap } from 'lucide-react'
import { type KeyboardEvent, useRef } from 'react'
import type { Scope } from '../../app/scope.ts'
import { cx } from '../../design/cx.ts'
import { PhaseCounts, PhaseIcon } from '../../design/phase.tsx'
import { Elapsed } from '../../design/time.tsx'
import type { RunRow } from '../../model/run-rows.ts'
import { Delta } from './delta.tsx'
import { type Pair, tookMs } from './match-rows.ts'
import type { Line } from './pair-rows.ts'

const lineHeight = 34

/** The actions of two runs, each beside the one that stands for it in the other. Those are there that can be seen. */
export function ActionTable({
  lines,
  scope,
  a,
  b,
  onFold,
}: {
  readonly lines: ReadonlyArray<Line>
  readonly scope: Scope
  readonly a: string
  readonly b: string
  readonly onFold: (key: string, isOpen: boolean) => void
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 8,
  })
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (by === undefined) return
    const buttons = [...(scroller.current?.querySelectorAll<HTMLElement>('[data-line] button, [data-line] a') ?? [])]
    const line = document.activeElement?.closest('[data-line]')
    const at = buttons.findIndex((each) => each.closest('[data-line]') === line)
    const next = buttons.filter(
      (each, index) => (by > 0 ? index > at : index < at) && each.closest('[data-line]') !== line,
    )
    event.preventDefault()
    ;(by > 0 ? next[0] : next.at(-1))?.focus()
  }
  return (
    <div
      ref={scroller}
      role="group"
      aria-label="Actions of both runs"
      tabIndex={0}
      onKeyDown={onKeyDown}
      className="max-h-[36rem] overflow-auto border-t border-line outline-offset-[-2px]"
    >
      <ul className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const line = lines[index]
          return (
            line && (
              <li
                key={line.key}
                data-line={line.key}
                aria-setsize={lines.length}
                aria-posinset={index + 1}
                className="absolute inset-x-0 flex items-center border-b border-line/60"
                style={{ height: lineHeight, transform: `translateY(${start}px)` }}
              >
                {line.kind === 'note' ? (
                  <span className="truncate text-xs text-muted" style={{ paddingLeft: indentOf(line.depth) + 24 }}>
                    {line.text}
                  </span>
                ) : (
                  <PairLine line={line} scope={scope} a={a} b={b} onFold={onFold} />
                )}
              </li>
            )
          )
        })}
      </ul>
    </div>
  )
}

function indentOf(depth: number): number {
  return 16 + Math.min(depth, 10) * 16
}

const columns =
  'grid w-full grid-cols-[minmax(0,1fr)_4.5rem_4.5rem] items-center gap-x-2 pr-4 text-xs md:grid-cols-[minmax(0,1fr)_9rem_9rem_8rem]'

/** The names of the columns. */
export function ActionColumns({ a, b }: { a: string; b: string }) {
  return (
    <div className={cx(columns, 'py-1.5 pl-4 text-2xs text-muted')}>
      <span>Action</span>
      <span className="truncate text-right font-mono">{a}</span>
      <span className="truncate text-right font-mono">{b}</span>
      <span className="hidden text-right md:block">Difference</span>
    </div>
  )
}

function PairLine({
  line: { key, pair, depth, isOpen },
  scope,
  a,
  b,
  onFold,
}: {
  readonly line: Extract<Line, { kind: 'pair' }>
  readonly scope: Scope
  readonly a: string
  readonly b: string
  readonly onFold: (key: string, isOpen: boolean) => void
}) {
  const row = pair.a ?? pair.b
  if (row === undefined) return null
  const hasChildren = pair.a?.hasChildren || pair.b?.hasChildren
  return (
    <div className={columns}>
      <span
        className="flex min-w-0 items-center gap-1.5"
        style={{ paddingLeft: indentOf(depth) - (hasChildren ? 0 : -24) }}
      >
        {hasChildren && (
          <button
            type="button"
            aria-expanded={isOpen}
            aria-label={`${isOpen ? 'Fold' : 'Unfold'} ${row.label}`}
            onClick={() => onFold(key, !isOpen)}
            className="grid size-6 shrink-0 place-items-center rounded text-faint hover:bg-hover hover:text-text"
          >
            <ChevronRight size={14} className={cx('transition-transform', isOpen && 'rotate-90')} aria-hidden />
          </button>
        )}
        {row.kind === 'group' && <Layers size={13} className="shrink-0 text-faint" aria-label="Group" />}
        <span className={cx('truncate', row.kind === 'group' && 'text-muted')}>{labelOf(pair)}</span>
        <OnlyIn pair={pair} />
      </span>
      <Side row={pair.a} run={a} scope={scope} />
      <Side row={pair.b} run={b} scope={scope} />
      <span className="hidden text-right md:block">
        <Delta a={tookMs(pair.a)} b={tookMs(pair.b)} />
      </span>
    </div>
  )
}

/** What both are called; roots of two tasks have two names. */
function labelOf({ a, b }: Pair): string {
  return a !== undefined && b !== undefined && a.label !== b.label ? `${a.label}, ${b.label}` : ((a ?? b)?.label ?? '')
}

function OnlyIn({ pair: { a, b } }: { pair: Pair }) {
  if (a !== undefined && b !== undefined) return null
  return (
    <span className="hidden shrink-0 rounded bg-warn-soft px-1.5 py-px text-2xs text-warn sm:inline">
      only in the {a === undefined ? 'second' : 'first'}
    </span>
  )
}

function Side({ row, run, scope }: { row: RunRow | undefined; run: string; scope: Scope }) {
  if (row === undefined) return <span className="text-right text-faint">–</span>
  const content = (
    <>
      {row.isCached && <Zap size={11} className="shrink-0 text-faint" aria-label="Cached" />}
      {row.attempts > 1 && <span className="shrink-0 text-2xs text-warn">×{row.attempts}</span>}
      {row.kind !== 'group' && <PhaseIcon phase={row.phase} size={13} />}
      {row.startMs !== undefined && (
        <span className="min-w-14 text-right">
          <Elapsed from={row.startMs} to={row.endMs} />
        </span>
      )}
    </>
  )
  const className = 'flex min-w-0 items-center justify-end gap-1.5'
  if (row.kind === 'group') {
    return (
      <span className={className}>
        <span className="hidden md:inline">
          <PhaseCounts counts={row.counts} limit={2} />
        </span>
        {content}
      </span>
    )
  }
  return (
    <Link
      to="/v2/domain/$domain/project/$project/runs/$run"
      params={{ ...scope, run }}
      search={{ a: row.id }}
      className={cx(className, 'rounded-sm hover:underline')}
    >
      <span className="sr-only">
        {row.label} in {run}
      </span>
      {content}
    </Link>
  )
}
