import { useQuery } from '@connectrpc/connect-query'
import { Link } from '@tanstack/react-router'
import { DataProxyService } from '@tern/idl/dataproxy'
import type { ActionDetails } from '@tern/idl/workflow'
import { useEffect } from 'react'
import { CopyableName } from '../../../design/copy.tsx'
import { type Fact, Facts, Section } from '../../../design/facts.tsx'
import { useNow } from '../../../design/now.ts'
import { ProblemLine, Skeleton } from '../../../design/states.tsx'
import { TimeAgo } from '../../../design/time.tsx'
import type { DataSource } from '../../../data/stored-data.tsx'
import { Values } from '../../../data/values.tsx'
import { isTerminal, phaseInfo } from '../../../model/phases.ts'
import { durationMsOf, formatAbsolute, formatRelative, msOf } from '../../../model/times.ts'
import { useRunSearch } from '../run-search.ts'
import { Attempts } from './attempts.tsx'
import { ConditionForm } from './condition-form.tsx'
import { ErrorView } from './error-view.tsx'

/** An action at a glance: what it asks or why it failed, what went in and came out, and how its attempts went. */
export function Overview({ details, source }: { details: ActionDetails; source: DataSource }) {
  const { set } = useRunSearch()
  const { result, attempts, spec } = details
  return (
    <>
      {spec.case === 'condition' && !isTerminal(details.status?.phase) && (
        <Section title="This waits for an answer">
          <ConditionForm condition={spec.value} source={source} parent={details.metadata?.parent ?? ''} />
          <Deadline startMs={msOf(details.status?.startTime)} lengthMs={durationMsOf(spec.value.timeout)} />
        </Section>
      )}
      {result.case === 'errorInfo' && (
        <div className="border-b border-line p-4">
          <ErrorView text={result.value.message} isSystem={result.value.kind === 2} />
        </div>
      )}
      {result.case === 'abortInfo' && (
        <Section title="Aborted">
          <p className="text-xs">
            {result.value.reason || 'With the action that called it.'}
            {result.value.abortedBy?.principal.case === 'user' && (
              <span className="text-muted"> by {result.value.abortedBy.principal.value.spec?.email}</span>
            )}
          </p>
        </Section>
      )}
      <Data details={details} source={source} />
      {attempts.length > 0 && spec.case === 'task' && (
        <Section title={attempts.length === 1 ? 'Attempt' : `${attempts.length} attempts`}>
          <Attempts
            attempts={attempts}
            onShowLogs={(attempt) =>
              set({ tab: 'logs', attempt: attempt === attempts.length ? undefined : String(attempt) }, true)
            }
          />
        </Section>
      )}
      <Section title="About">
        <Facts facts={factsOf(details, source)} />
      </Section>
    </>
  )
}

/** Until when an answer is waited for. */
function Deadline({ startMs, lengthMs }: { startMs: number | undefined; lengthMs: number | undefined }) {
  const now = useNow()
  if (startMs === undefined || !lengthMs) return null
  const at = startMs + lengthMs
  return (
    <p className="mt-2 text-xs text-muted">
      It waits until {formatAbsolute(at)} ({formatRelative(Math.max(at, now), now)}).
    </p>
  )
}

function Data({ details, source }: { details: ActionDetails; source: DataSource }) {
  const { project, domain, run, action } = source
  const { data, error, refetch } = useQuery(DataProxyService.method.getActionData, {
    actionId: { name: action, run: { org: '', project, domain, name: run } },
  })
  const isEnded = isTerminal(details.status?.phase)
  useEffect(() => void (isEnded && refetch()), [isEnded, refetch])
  const types = details.spec.case === 'task' ? details.spec.value.taskTemplate?.interface : undefined
  const trace = details.spec.case === 'trace' ? details.spec.value.interface : undefined
  if (error !== null)
    return (
      <Section title="Inputs and outputs">
        <ProblemLine error={error} />
      </Section>
    )
  if (data === undefined) return <Skeleton lines={4} />
  const outputs = data.outputs?.literals ?? []
  return (
    <>
      {details.spec.case !== 'condition' && (
        <Section title="Inputs">
          <Values
            literals={data.inputs?.literals ?? []}
            variables={(types ?? trace)?.inputs}
            source={source}
            none="It has none."
          />
        </Section>
      )}
      {(isEnded || outputs.length > 0) && (
        <Section title="Outputs">
          <Values
            literals={outputs}
            variables={(types ?? trace)?.outputs}
            source={source}
            none={phaseInfo(details.status?.phase).tone === 'good' ? 'It has none.' : 'It did not get that far.'}
          />
        </Section>
      )}
    </>
  )
}

function factsOf(
  { id, metadata, status, spec, attempts }: ActionDetails,
  { project, domain, run }: DataSource,
): ReadonlyArray<Fact | false | undefined> {
  const started = msOf(status?.startTime)
  const ended = msOf(status?.endTime)
  const task = metadata?.spec.case === 'task' ? metadata.spec.value : undefined
  const from = attempts.at(-1)?.cacheMetadata?.sourceActionAttempt?.actionId
  const template = spec.case === 'task' ? spec.value.taskTemplate : undefined
  const recovered = metadata?.recoveredFrom
  return [
    {
      label: 'Action',
      value: <CopyableName text={id?.name ?? ''} what="the action's name" />,
    },
    task?.id !== undefined && { label: 'Task', value: <span className="font-mono">{task.id.name}</span> },
    task?.id !== undefined && { label: 'Version', value: <span className="font-mono">{task.id.version}</span> },
    task !== undefined && { label: 'Type', value: task.taskType },
    metadata?.group ? { label: 'Group', value: metadata.group } : undefined,
    metadata?.parent
      ? {
          label: 'Called by',
          value: <ActionLink project={project} domain={domain} run={run} action={metadata.parent} />,
        }
      : undefined,
    started !== undefined && { label: 'Started', value: <Instant at={started} /> },
    ended !== undefined && { label: 'Ended', value: <Instant at={ended} /> },
    from && {
      label: 'From the cache of',
      value: (
        <ActionLink
          project={from.run?.project ?? project}
          domain={from.run?.domain ?? domain}
          run={from.run?.name ?? run}
          action={from.name}
        />
      ),
    },
    recovered && {
      label: 'Recovered from',
      value: (
        <ActionLink
          project={recovered.run?.project ?? project}
          domain={recovered.run?.domain ?? domain}
          run={recovered.run?.name ?? run}
          action={recovered.name}
        />
      ),
    },
    template?.metadata?.discoverable
      ? { label: 'Cache version', value: <span className="font-mono">{template.metadata.discoveryVersion}</span> }
      : undefined,
    attempts.at(-1)?.cluster ? { label: 'Ran on', value: attempts.at(-1)?.cluster } : undefined,
  ]
}

/** When something was, and how long ago that is. */
function Instant({ at }: { at: number }) {
  return (
    <>
      {formatAbsolute(at)}{' '}
      <span className="text-muted">
        (<TimeAgo at={at} />)
      </span>
    </>
  )
}

function ActionLink({ project, domain, run, action }: DataSource) {
  return (
    <Link
      to="/v2/domain/$domain/project/$project/runs/$run"
      params={{ project, domain, run }}
      search={{ a: action }}
      className="rounded-sm font-mono text-accent hover:underline"
    >
      {action === 'a0' ? run : `${run} / ${action}`}
    </Link>
  )
}
