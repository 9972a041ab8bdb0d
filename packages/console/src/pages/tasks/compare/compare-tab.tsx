import { useQuery } from '@connectrpc/connect-query'
import { type TaskDetails, type TaskIdentifier, TaskService } from '@tern/idl/task'
import { ArrowRight } from 'lucide-react'
import { DiffView } from '../../../code/diff-view.tsx'
import { useCode } from '../../../code/use-code.ts'
import { Section } from '../../../design/facts.tsx'
import { EmptyState, ErrorState, ProblemLine, Skeleton } from '../../../design/states.tsx'
import { type SpecChange, specChanges } from './spec-changes.ts'

/** What a version of a task has that another has not: its interface, its options, its resources, and its code. */
export function CompareTab({
  details,
  versions,
  base,
  onBase,
}: {
  readonly details: TaskDetails
  /** The newest first. */
  readonly versions: ReadonlyArray<string>
  /** Defaults to the version before. */
  readonly base: string | undefined
  readonly onBase: (version: string) => void
}) {
  const shown = details.taskId?.version ?? ''
  const others = versions.filter((version) => version !== shown)
  const chosen = base ?? versions[versions.indexOf(shown) + 1] ?? others[0]
  if (chosen === undefined) {
    return (
      <EmptyState title="There is one version only">Deploy the task again, and the two can be compared.</EmptyState>
    )
  }
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2 text-xs">
        <label className="flex min-w-0 items-center gap-2 text-muted">
          From
          <select
            value={chosen}
            onChange={(event) => onBase(event.target.value)}
            className="h-7 min-w-0 max-w-52 rounded-md border border-line-strong bg-surface px-2 font-mono text-text"
          >
            {[...new Set([chosen, ...others])].map((version) => (
              <option key={version}>{version}</option>
            ))}
          </select>
        </label>
        <ArrowRight size={13} className="text-faint" aria-label="to" />
        <span className="min-w-0 truncate font-mono">{shown}</span>
      </div>
      <Comparison key={chosen} details={details} base={chosen} />
    </>
  )
}

function Comparison({ details, base }: { details: TaskDetails; base: string }) {
  const taskId = { ...(details.taskId as TaskIdentifier), version: base }
  const other = useQuery(TaskService.method.getTaskDetails, { taskId })
  const before = other.data?.details
  if (other.error !== null) return <ErrorState error={other.error} onRetry={() => void other.refetch()} />
  if (before?.spec === undefined || details.spec === undefined) return <Skeleton lines={6} />
  const changes = specChanges(before.spec, details.spec)
  return (
    <>
      <Changes title="Interface" changes={changes.interface} nothing="It takes and gives the same." />
      <Changes title="Options" changes={changes.options} nothing="Its options are the same." />
      <Changes title="Resources" changes={changes.resources} nothing="It asks for the same resources." />
      <Section title="Code">
        <CodeChanges before={before} after={details} />
      </Section>
    </>
  )
}

function CodeChanges({ before, after }: { before: TaskDetails; after: TaskDetails }) {
  const codes = [
    useCode(before.taskId && { taskId: before.taskId }, before.spec),
    useCode(after.taskId && { taskId: after.taskId }, after.spec),
  ] as const
  const [old, now] = codes
  const error = old.error ?? now.error
  if (error !== null) return <ProblemLine error={error} />
  if (old.data === undefined || now.data === undefined) return <Skeleton lines={4} className="p-0" />
  const nothing = old.data.nothing ?? now.data.nothing
  if (nothing !== undefined) return <p className="text-xs text-muted">{nothing}</p>
  return <DiffView before={old.data.files} after={now.data.files} />
}

function Changes({
  title,
  changes,
  nothing,
}: {
  readonly title: string
  readonly changes: ReadonlyArray<SpecChange>
  readonly nothing: string
}) {
  return (
    <Section title={title}>
      {changes.length === 0 ? (
        <p className="text-xs text-muted">{nothing}</p>
      ) : (
        <dl className="flex flex-col gap-2 text-xs" aria-label={`Changes of ${title.toLowerCase()}`}>
          {changes.map(({ label, before, after }) => (
            <div key={label} className="grid gap-x-4 gap-y-1 md:grid-cols-[11rem_minmax(0,1fr)]">
              <dt className="break-words text-muted">{label}</dt>
              <dd className="flex min-w-0 flex-col items-start gap-1 font-mono">
                {before !== undefined && (
                  <del className="max-w-full rounded bg-bad-soft px-1.5 break-words no-underline">− {before}</del>
                )}
                {after !== undefined && (
                  <ins className="max-w-full rounded bg-good-soft px-1.5 break-words no-underline">+ {after}</ins>
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Section>
  )
}
