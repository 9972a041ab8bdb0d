import type { ActionDetails } from '@tern/idl/workflow'
import { ExternalLink, X } from 'lucide-react'
import { Suspense } from 'react'
import { lazyPart } from '../../../api/lazy-part.ts'
import type { Scope } from '../../../app/scope.ts'
import { IconButton } from '../../../design/button.tsx'
import { PhaseBadge } from '../../../design/phase.tsx'
import { ErrorState, Skeleton } from '../../../design/states.tsx'
import { type Tab, Tabs } from '../../../design/tabs.tsx'
import { Elapsed } from '../../../design/time.tsx'
import { msOf } from '../../../model/times.ts'
import { useRunSearch } from '../run-search.ts'
import { ActionMenu } from '../steer/action-menu.tsx'
import { EventsTab } from './events-tab.tsx'
import { LogsTab } from './logs-tab.tsx'
import { Overview } from './overview.tsx'
import { useAction } from './use-action.ts'

const CodeTab = lazyPart(() => import('./code-tab.tsx'), 'CodeTab')
const ReportTab = lazyPart(() => import('./report-tab.tsx'), 'ReportTab')
const SpecTab = lazyPart(() => import('./spec-tab.tsx'), 'SpecTab')

export interface ActionPanelProps {
  readonly scope: Scope
  readonly run: string
  /** The action's name. */
  readonly id: string
  /** What it is called where it was chosen, until more is known. */
  readonly label: string | undefined
  readonly onClose: () => void
}

/** One action, beside the tree that it was chosen in. */
export function ActionPanel({ scope, run, id, label = id, onClose }: ActionPanelProps) {
  const { value: details, error } = useAction(scope, run, id)
  const { search, set } = useRunSearch()
  const source = { ...scope, run, action: id }
  return (
    <>
      <header className="flex shrink-0 items-center gap-2 px-4 pt-2.5 pb-1">
        <h2 className="min-w-0 truncate text-base font-semibold" title={details && nameOf(details)}>
          {details === undefined ? label : nameOf(details)}
        </h2>
        {details && <PhaseBadge phase={details.status?.phase} />}
        {details && (
          <span className="text-xs text-muted">
            <Elapsed from={msOf(details.status?.startTime)} to={msOf(details.status?.endTime)} />
          </span>
        )}
        <span className="grow" />
        {details && <ActionMenu details={details} source={source} />}
        <IconButton label="Close" icon={<X size={16} />} onClick={onClose} />
      </header>
      {details && <Links details={details} />}
      {error ? (
        <ErrorState error={error} />
      ) : details === undefined ? (
        <Skeleton lines={6} />
      ) : (
        <Tabs
          label="About the action"
          current={search.tab ?? 'overview'}
          onChange={(tab) => set({ tab: tab === 'overview' ? undefined : tab, line: undefined, file: undefined })}
          tabs={tabsOf(details, source)}
        />
      )}
    </>
  )
}

function nameOf({ metadata, id }: ActionDetails): string {
  const { spec } = metadata ?? {}
  switch (spec?.case) {
    case 'task':
      return spec.value.shortName || (spec.value.id?.name ?? '')
    case 'trace':
    case 'condition':
      return spec.value.name
    default:
      return id?.name ?? ''
  }
}

function tabsOf(details: ActionDetails, source: Parameters<typeof Overview>[0]['source']): ReadonlyArray<Tab> {
  const { attempts, spec } = details
  const last = attempts.at(-1)
  const isTask = spec.case === 'task'
  const hasReport = isTask && leavesReport(spec.value.taskTemplate?.metadata?.generatesDeck, last)
  const events = attempts.reduce((sum, { clusterEvents }) => sum + clusterEvents.length, 0)
  return [
    { name: 'overview', label: 'Overview', content: <Overview details={details} source={source} /> },
    ...(isTask
      ? [{ name: 'logs', label: 'Logs', content: <LogsTab details={details} source={source} />, isFull: true }]
      : []),
    ...(hasReport && last !== undefined
      ? [
          {
            name: 'report',
            label: 'Report',
            content: (
              <Suspense fallback={<Skeleton />}>
                <ReportTab source={source} attempt={last.attempt} />
              </Suspense>
            ),
            isFull: true,
          },
        ]
      : []),
    ...(attempts.length > 0
      ? [
          {
            name: 'events',
            label: events > 0 ? `Events (${events})` : 'Events',
            content: <EventsTab attempts={attempts} />,
          },
        ]
      : []),
    ...(spec.case === 'task' && last !== undefined
      ? [
          {
            name: 'code',
            label: 'Code',
            content: (
              <Suspense fallback={<Skeleton />}>
                <CodeTab spec={spec.value} source={source} attempt={last.attempt} />
              </Suspense>
            ),
            isFull: true,
          },
        ]
      : []),
    {
      name: 'spec',
      label: 'Spec',
      content: (
        <Suspense fallback={<Skeleton />}>
          <SpecTab details={details} />
        </Suspense>
      ),
    },
  ]
}

/** Whether there is, or will be, a report. Where one would be is told of each attempt, so that it says nothing by itself. */
function leavesReport(isDeclared: boolean | undefined, last: ActionDetails['attempts'][number] | undefined): boolean {
  const uri = last?.outputs?.reportUri ?? ''
  return isDeclared ?? (uri !== '' && !uri.endsWith(`/${last?.attempt}/report.html`))
}

/** Pages elsewhere that the task or its executor names. */
function Links({ details }: { details: ActionDetails }) {
  const links = (details.attempts.at(-1)?.logInfo ?? []).filter(({ uri }) => /^https?:\/\//.test(uri))
  if (links.length === 0) return null
  return (
    <ul className="flex flex-wrap gap-x-3 px-4 pb-1 text-xs">
      {links.map(({ name, uri }) => (
        <li key={name + uri}>
          <a
            href={uri}
            target="_blank"
            rel="noopener noreferrer"
            className="inline-flex items-center gap-1 rounded-sm text-accent hover:underline"
          >
            <ExternalLink size={12} aria-hidden /> {name || uri}
          </a>
        </li>
      ))}
    </ul>
  )
}
