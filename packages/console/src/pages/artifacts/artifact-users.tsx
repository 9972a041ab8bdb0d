import { Link } from '@tanstack/react-router'
import { Filter_Function } from '@tern/idl/common'
import { TriggerAutomationSpecType } from '@tern/idl/task'
import { type Trigger, TriggerService } from '@tern/idl/trigger'
import { usePages } from '../../api/use-pages.ts'
import { useScope } from '../../app/scope.ts'
import { ErrorState, Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { ShowMore } from '../../design/show-more.tsx'
import { msOf } from '../../model/times.ts'
import { TriggerState } from '../triggers/trigger-state.tsx'

const pageSize = 200

const onArtifacts = {
  field: 'automation_type',
  function: Filter_Function.EQUAL,
  values: [String(TriggerAutomationSpecType.TYPE_ARTIFACT)],
}

/** The triggers that start runs when there is a new version of an artifact. */
export function ArtifactUsers({ name }: { name: string }) {
  const scope = useScope()
  const query = usePages({
    method: TriggerService.method.listTriggers,
    key: ['on artifacts', scope.project, scope.domain],
    request: (token) => ({
      scopeBy: { case: 'projectId' as const, value: { name: scope.project, domain: scope.domain } },
      request: { limit: pageSize, token, filters: [onArtifacts] },
    }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 1,
  })
  const { data, error, refetch } = query
  if (data === undefined) {
    return error === null ? <Skeleton lines={2} /> : <ErrorState error={error} onRetry={() => void refetch()} />
  }
  const triggers = data.pages.flatMap((page) => page.triggers).filter((trigger) => artifactOf(trigger) === name)
  return (
    <>
      {triggers.length === 0 && (
        <p className="text-xs text-muted">
          No trigger waits for it. One with <code className="font-mono">onArtifact: &apos;{name}&apos;</code> starts a
          run for each new version.
        </p>
      )}
      {triggers.length > 0 && (
        <ul aria-label="Triggers" className="-mx-4 divide-y divide-line">
          {triggers.map((trigger) => (
            <TriggerLine key={`${trigger.id?.name?.taskName}/${trigger.id?.name?.name}`} trigger={trigger} />
          ))}
        </ul>
      )}
      <ShowMore query={query} label="Look at more triggers" isInner />
    </>
  )
}

function automationOf({ automationSpec }: Trigger) {
  return automationSpec?.automation.case === 'artifact' ? automationSpec.automation.value : undefined
}

function artifactOf(trigger: Trigger): string | undefined {
  return automationOf(trigger)?.artifactName
}

function TriggerLine({ trigger }: { trigger: Trigger }) {
  const scope = useScope()
  const { name = '', taskName = '' } = trigger.id?.name ?? {}
  const { version = '', inputArg = '' } = automationOf(trigger) ?? {}
  const firedAt = msOf(trigger.status?.triggeredAt)
  return (
    <li>
      <Link
        to="/v2/domain/$domain/project/$project/triggers/$task/$trigger"
        params={{ ...scope, task: taskName, trigger: name }}
        className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 px-4 py-2 hover:bg-hover"
      >
        <span className="min-w-0">
          <span className="block truncate">{name}</span>
          <span className="block truncate text-xs text-muted">
            {version === '' ? 'Each version' : `Version ${version}`} starts {taskName}
            {inputArg !== '' && `, as its input ${inputArg}`}
          </span>
        </span>
        <span className="flex items-center gap-3 text-xs text-muted">
          {firedAt !== undefined && (
            <span className="hidden sm:inline">
              fired <TimeAgo at={firedAt} />
            </span>
          )}
          <TriggerState isActive={trigger.active} />
        </span>
      </Link>
    </li>
  )
}
