import { create } from '@bufbuild/protobuf'
import { useQuery } from '@connectrpc/connect-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { ListRequestSchema } from '@tern/idl/common'
import type { VariableMap } from '@tern/idl/core'
import { type TaskDetails, TaskService } from '@tern/idl/task'
import { Play } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { typeName } from '../../data/type-name.ts'
import { Button } from '../../design/button.tsx'
import { CopyAs, CopyButton } from '../../design/copy.tsx'
import { cx } from '../../design/cx.ts'
import { Facts, Section } from '../../design/facts.tsx'
import { PageHeader } from '../../design/page.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { taskSnippets } from '../../model/snippets.ts'
import { msOf } from '../../model/times.ts'
import { RunList } from '../runs/run-list.tsx'
import { useRuns } from '../runs/use-runs.ts'

const route = getRouteApi('/v2/domain/$domain/project/$project/tasks/$task')

const LaunchDialog = lazy(async () => ({ default: (await import('./launch/launch-dialog.tsx')).LaunchDialog }))

const newest = create(ListRequestSchema, { limit: 50 })

/** A deployed task: what it takes and gives, its versions, and its last runs. */
export function TaskPage() {
  const scope = useScope()
  const { task } = route.useParams()
  const { version, launch } = route.useSearch()
  const navigate = route.useNavigate()
  const setLaunch = (isOpen: boolean) =>
    void navigate({
      search: { ...(version !== undefined && { version }), ...(isOpen && { launch: 'yes' }) },
      replace: true,
    })
  useTitle(task)
  const taskName = { ...scope, name: task }
  const versions = useQuery(TaskService.method.listVersions, { taskName, request: newest })
  const shown = version ?? versions.data?.versions[0]?.version
  const details = useQuery(
    TaskService.method.getTaskDetails,
    { taskId: { ...taskName, version: shown ?? '' } },
    { enabled: shown !== undefined },
  )
  const error = versions.error ?? details.error
  const tasks = { label: 'Tasks', to: `/v2/domain/${scope.domain}/project/${scope.project}/tasks` }
  return (
    <>
      <PageHeader
        crumbs={[tasks]}
        title={task}
        actions={
          <>
            <CopyAs label="Run it" snippets={taskSnippets(scope, task, shown)} />
            <Button
              size="small"
              look="primary"
              icon={<Play size={13} aria-hidden />}
              disabled={details.data?.details === undefined}
              onClick={() => setLaunch(true)}
            >
              Launch
            </Button>
          </>
        }
      >
        <p className="mt-1 text-xs text-muted">{details.data?.details?.metadata?.shortDescription}</p>
      </PageHeader>
      {launch !== undefined && details.data?.details !== undefined && (
        <Suspense>
          <LaunchDialog details={details.data.details} onClose={() => setLaunch(false)} />
        </Suspense>
      )}
      {error !== null && <ErrorState error={error} onRetry={() => void details.refetch()} />}
      {error === null && details.data?.details === undefined && <Skeleton lines={8} />}
      {details.data?.details !== undefined && (
        <div className="grid grow content-start lg:grid-cols-[minmax(0,1fr)_20rem]">
          <div className="border-line lg:border-r">
            <Interface details={details.data.details} />
            <Section title="Last runs">
              <LastRuns task={task} version={version} />
            </Section>
          </div>
          <Versions
            versions={versions.data?.versions.map((each) => ({ name: each.version, at: msOf(each.deployedAt) })) ?? []}
            shown={shown}
          />
        </div>
      )}
    </>
  )
}

function Interface({ details: { spec, metadata, taskId } }: { details: TaskDetails }) {
  const template = spec?.taskTemplate
  const defaults = new Set(spec?.defaultInputs.map(({ name }) => name))
  const documentation = spec?.documentation
  return (
    <>
      <Section title="Inputs">
        <Variables map={template?.interface?.inputs} optional={defaults} nothing="It takes nothing." />
      </Section>
      <Section title="Outputs">
        <Variables map={template?.interface?.outputs} optional={new Set()} nothing="It gives nothing." />
      </Section>
      {documentation?.longDescription && (
        <Section title="Description">
          <p className="max-w-prose text-sm whitespace-pre-wrap">{documentation.longDescription}</p>
        </Section>
      )}
      <Section title="About">
        <Facts
          facts={[
            { label: 'Environment', value: metadata?.environmentName },
            { label: 'Type', value: template?.type },
            {
              label: 'Version',
              value: (
                <span className="flex items-center gap-1 font-mono">
                  {taskId?.version} <CopyButton text={taskId?.version ?? ''} what="the version" />
                </span>
              ),
            },
            { label: 'Deployed', value: <TimeAgo at={msOf(metadata?.deployedAt)} /> },
            { label: 'Retries', value: String(template?.metadata?.retries?.retries ?? 0) },
            { label: 'Cached', value: template?.metadata?.discoverable ? 'yes' : 'no' },
          ]}
        />
      </Section>
    </>
  )
}

function Variables({
  map,
  optional,
  nothing,
}: {
  readonly map: VariableMap | undefined
  readonly optional: ReadonlySet<string>
  readonly nothing: string
}) {
  const variables = map?.variables ?? []
  if (variables.length === 0) return <p className="text-xs text-muted">{nothing}</p>
  return (
    <Facts
      facts={variables.map(({ key, value }) => ({
        label: key,
        value: (
          <>
            {typeName(value?.type)}
            {optional.has(key) && <span className="text-muted">, optional</span>}
            {value?.description && <span className="block text-muted">{value.description}</span>}
          </>
        ),
      }))}
    />
  )
}

function LastRuns({ task, version }: { task: string; version: string | undefined }) {
  const { runs, error } = useRuns(useScope(), { task, ...(version !== undefined && { version }) }, 10)
  if (error !== null && runs === undefined) return <ErrorState error={error} />
  if (runs === undefined) return <Skeleton lines={3} />
  if (runs.length === 0) return <EmptyState title="It has not run yet">“Launch” above starts a run.</EmptyState>
  return (
    <div className="-mx-4">
      <RunList runs={runs} />
    </div>
  )
}

function Versions({
  versions,
  shown,
}: {
  readonly versions: ReadonlyArray<{ readonly name: string; readonly at: number | undefined }>
  readonly shown: string | undefined
}) {
  const params = route.useParams()
  return (
    <Section title="Versions">
      <ul className="-mx-2">
        {versions.map(({ name, at }, index) => (
          <li key={name}>
            <Link
              to="/v2/domain/$domain/project/$project/tasks/$task"
              params={params}
              search={index === 0 ? {} : { version: name }}
              className={cx(
                'flex items-center justify-between gap-3 rounded-md px-2 py-1.5 text-xs hover:bg-hover',
                name === shown && 'bg-selected font-medium',
              )}
            >
              <span className="truncate font-mono">{name}</span>
              <span className="text-muted">
                <TimeAgo at={at} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}
