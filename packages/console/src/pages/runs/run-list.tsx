import { Link } from '@tanstack/react-router'
import type { Run } from '@tern/idl/workflow'
import { RunSource } from '@tern/idl/workflow'
import { type KeyboardEvent, useRef } from 'react'
import { useScope } from '../../app/scope.ts'
import { Checkbox } from '../../design/checkbox.tsx'
import { cx } from '../../design/cx.ts'
import { useKeys } from '../../design/keys.ts'
import { PhaseIcon } from '../../design/phase.tsx'
import { Elapsed, TimeAgo } from '../../design/time.tsx'
import { planOfRun } from '../../model/launch-plans.ts'
import { phaseInfo } from '../../model/phases.ts'
import { msOf } from '../../model/times.ts'

const sources: Readonly<Record<number, string>> = {
  [RunSource.WEB]: 'console',
  [RunSource.CLI]: 'command line',
  [RunSource.SCHEDULE_TRIGGER]: 'schedule',
  [RunSource.ARTIFACT_TRIGGER]: 'artifact',
}

/** Which runs are chosen, to do something with all of them. */
export interface Choice {
  readonly chosen: ReadonlySet<string>
  /** @param isRange with all between this one and the one chosen before */
  readonly toggle: (run: string, isRange: boolean) => void
}

/** Runs, one a line. Arrows and `j`, `k` lead from one to the next, `x` chooses. */
export function RunList({ runs, choice }: { runs: ReadonlyArray<Run>; choice?: Choice | undefined }) {
  const list = useRef<HTMLUListElement>(null)
  const move = (by: number) => {
    const links = [...(list.current?.querySelectorAll('a') ?? [])]
    const at = links.findIndex((link) => link.parentElement?.contains(document.activeElement))
    links[at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + by))]?.focus()
  }
  const choose = () => {
    const item = document.activeElement?.closest<HTMLElement>('[data-run]')
    if (item && list.current?.contains(item)) choice?.toggle(item.dataset['run'] ?? '', false)
  }
  useKeys(choice === undefined ? {} : { j: () => move(1), k: () => move(-1), x: choose })
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    move(event.key === 'ArrowDown' ? 1 : -1)
  }
  return (
    <ul ref={list} className="divide-y divide-line" aria-label="Runs" {...(choice !== undefined && { onKeyDown })}>
      {runs.map((run) => {
        const { action } = run
        const name = action?.id?.run?.name ?? ''
        const status = action?.status
        const metadata = action?.metadata
        const endedAt = phaseInfo(status?.phase).isTerminal ? msOf(status?.endTime) : undefined
        return (
          <RunLine
            key={name}
            name={name}
            status={status}
            metadata={metadata}
            origin={originOf(run)}
            endedAt={endedAt}
            choice={choice}
          />
        )
      })}
    </ul>
  )
}

/** What started a run: a launch plan, a trigger, or somebody. */
function originOf({ action, labels }: Run): string {
  const metadata = action?.metadata
  return planOfRun(labels)?.name || metadata?.triggerName || (sources[metadata?.source ?? 0] ?? '')
}

type Root = NonNullable<Run['action']>

function RunLine({
  name,
  status,
  metadata,
  origin,
  endedAt,
  choice,
}: {
  readonly name: string
  readonly status: Root['status']
  readonly metadata: Root['metadata']
  readonly origin: string
  readonly endedAt: number | undefined
  readonly choice: Choice | undefined
}) {
  const scope = useScope()
  const startedAt = msOf(status?.startTime)
  return (
    <li
      data-run={name}
      className={cx('flex', choice?.chosen.has(name) ? 'bg-selected' : 'focus-within:bg-hover hover:bg-hover')}
    >
      {choice !== undefined && (
        <span className="-mr-3 grid w-10 shrink-0 place-items-center pl-1.5 md:-mr-4 md:w-11">
          <Checkbox
            label={`Choose ${name}`}
            isChecked={choice.chosen.has(name)}
            onChange={(event) => choice.toggle(name, (event.nativeEvent as MouseEvent).shiftKey)}
          />
        </span>
      )}
      <Link
        to="/v2/domain/$domain/project/$project/runs/$run"
        params={{ ...scope, run: name }}
        className="grid min-w-0 grow grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 px-4 py-2 outline-offset-[-2px] md:grid-cols-[auto_minmax(0,1fr)_11rem_7rem_5rem_6rem] md:px-5"
      >
        <PhaseIcon phase={status?.phase} />
        <span className="truncate">
          <TaskName name={metadata?.funtionName ?? ''} environment={metadata?.environmentName ?? ''} />
        </span>
        <span className="text-right text-xs text-muted md:order-last">
          <TimeAgo at={startedAt} />
        </span>
        <span className="col-start-2 truncate font-mono text-xs text-muted md:col-start-auto">{name}</span>
        <span className="hidden truncate text-xs text-muted md:block">{origin}</span>
        <span className="hidden text-right text-xs text-muted md:block">
          <Elapsed from={startedAt} to={endedAt} />
        </span>
      </Link>
    </li>
  )
}

/** The name of a task, with what all of its environment begin with in the background. */
function TaskName({ name, environment }: { name: string; environment: string }) {
  const start = `${environment}.`
  if (!name.startsWith(start)) return name
  return (
    <>
      <span className="text-muted">{start}</span>
      {name.slice(start.length)}
    </>
  )
}
