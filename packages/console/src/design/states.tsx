import { CircleHelp, CloudOff, type LucideIcon, Lock, PackageX, SearchX, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { type Problem, toProblem } from '../api/problem.ts'
import { Button } from './button.tsx'
import { cx } from './cx.ts'

interface NoticeProps {
  readonly icon: LucideIcon
  readonly title: string
  readonly children?: ReactNode
  readonly actions?: ReactNode
  readonly isBad?: boolean
}

/** What stands where there is nothing else to show. */
function Notice({ icon: Icon, title, children, actions, isBad = false }: NoticeProps) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-2 px-6 py-14 text-center">
      <span
        className={cx(
          'mb-1 grid size-10 place-items-center rounded-full',
          isBad ? 'bg-bad-soft text-bad' : 'bg-wait-soft text-muted',
        )}
      >
        <Icon size={19} aria-hidden />
      </span>
      <h2 className="text-base font-semibold">{title}</h2>
      {children && <div className="max-w-full text-sm text-balance text-muted">{children}</div>}
      {actions && <div className="mt-3 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  )
}

export function EmptyState({
  title,
  children,
  actions,
  icon = SearchX,
}: Omit<NoticeProps, 'isBad' | 'icon'> & { icon?: LucideIcon }) {
  return (
    <Notice icon={icon} title={title} actions={actions}>
      {children}
    </Notice>
  )
}

const problemIcons: Readonly<Record<Problem['kind'], LucideIcon>> = {
  missing: CircleHelp,
  absent: CircleHelp,
  denied: Lock,
  unreachable: CloudOff,
  unsupported: PackageX,
  refused: TriangleAlert,
  failed: TriangleAlert,
}

/** Why there is nothing to show, in the words of the server, and what can be done about it. */
export function ErrorState({
  error,
  onRetry,
  actions,
}: {
  error: unknown
  onRetry?: (() => void) | undefined
  actions?: ReactNode
}) {
  const problem = toProblem(error)
  return (
    <div role={problem.kind === 'unsupported' ? 'status' : 'alert'}>
      <Notice
        icon={problemIcons[problem.kind]}
        title={problem.title}
        isBad={problem.kind === 'failed' || problem.kind === 'unreachable'}
        actions={
          <>
            {onRetry && canHelp(problem) && <Button onClick={onRetry}>Try again</Button>}
            {actions}
          </>
        }
      >
        <p className="wrap-anywhere">{problem.message}</p>
      </Notice>
    </div>
  )
}

function canHelp({ kind }: Problem): boolean {
  return kind !== 'missing' && kind !== 'unsupported'
}

/** A line that was refused, inside of something that goes on. */
export function ProblemLine({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null
  return (
    <p role="alert" className="flex items-start gap-1.5 rounded-md bg-bad-soft px-2.5 py-1.5 text-xs text-bad">
      <TriangleAlert size={14} className="mt-0.5 shrink-0" aria-hidden />
      <span className="min-w-0 wrap-anywhere">{toProblem(error).message}</span>
    </p>
  )
}

/** Grey lines where text will be. */
export function Skeleton({ lines = 3, className }: { lines?: number; className?: string }) {
  const widths = ['w-2/3', 'w-full', 'w-5/6', 'w-1/2', 'w-3/4']
  return (
    <div className={cx('flex animate-pulse flex-col gap-2.5 p-4', className)} role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className={cx('h-3 rounded bg-wait-soft', widths[index % widths.length])} />
      ))}
    </div>
  )
}
