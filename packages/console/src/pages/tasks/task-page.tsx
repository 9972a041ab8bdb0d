import { create } from '@bufbuild/protobuf'
import { useQuery } from '@connectrpc/connect-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { ListRequestSchema } from '@tern/idl/common'
import type { Parameter, VariableMap } from '@tern/idl/core'
import { type TaskDetails, TaskService } from '@tern/idl/task'
import { Suspense } from 'react'
import { lazyPart } from '../../api/lazy-part.ts'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { typeName } from '../../data/type-name.ts'
import { toJson, toValue } from '../../data/value.ts'
import { buttonClass } from '../../design/button.tsx'
import { CopyableName, CopyAs } from '../../design/copy.tsx'
import { cx } from '../../design/cx.ts'
import { Facts, Section } from '../../design/facts.tsx'
import { PageHeader } from '../../design/page.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../design/states.tsx'
import { Tabs } from '../../design/tabs.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { taskSnippets } from '../../model/snippets.ts'
import { msOf } from '../../model/times.ts'
import { RunList } from '../runs/run-list.tsx'
import { useRuns } from '../runs/use-runs.ts'
import { TaskTriggers } from './task-triggers.tsx'
import { LaunchButton } from './launch/launch-button.tsx'

const route = getRouteApi('/v2/domain/$domain/project/$project/tasks/$task')

const CodeTab = lazyPart(() => import('./code-tab.tsx'), 'CodeTab')
const CompareTab = lazyPart(() => import('./compare/compare-tab.tsx'), 'CompareTab')
const TaskLaunch = lazyPart(() => import('./launch/task-launch.tsx'), 'TaskLaunch')

const newest = create(ListRequestSchema, { limit: 50 })

/** A deployed task: what it takes and gives, its code, its versions and what they differ in, and its last runs. */
export function TaskPage() {
  const scope = useScope()
  const { task } = route.useParams()
  const search = route.useSearch()
  const { version, launch, tab = 'overview', file } = search
  const navigate = route.useNavigate()
  const set = (change: { [Name in keyof typeof search]?: string | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...change }) as typeof search, replace: true })
  useTitle(task)
  const taskName = { ...scope, name: task }
  const versions = useQuery(TaskService.method.listVersions, { taskName, request: newest })
  const shown = version ?? versions.data?.versions[0]?.version
  const answer = useQuery(
    TaskService.method.getTaskDetails,
    { taskId: { ...taskName, version: shown ?? '' } },
    { enabled: shown !== undefined },
  )
  const details = answer.data?.details
  const error = versions.error ?? answer.error
  const tasks = { label: 'Tasks', to: `/v2/domain/${scope.domain}/project/${scope.project}/tasks` }
  const line = /^\d+$/.test(search.line ?? '') ? Number(search.line) : undefined
  return (
    <>
      <PageHeader
        crumbs={[tasks]}
        title={task}
        actions={
          <>
            <CopyAs snippets={taskSnippets(scope, task, shown)} />
            <LaunchButton isReady={details !== undefined} onLaunch={() => set({ launch: 'yes' })} />
          </>
        }
      >
        {details?.metadata?.shortDescription && (
          <p className="mt-1 text-xs text-muted">{details.metadata.shortDescription}</p>
        )}
      </PageHeader>
      {launch !== undefined && details !== undefined && (
        <Suspense>
          <TaskLaunch
            details={details}
            from={search.from}
            versions={{
              names: versions.data?.versions.map((each) => each.version) ?? [],
              chosen: shown ?? '',
              onChange: (name) => set({ version: name }),
            }}
            onClose={() => set({ launch: undefined, from: undefined })}
          />
        </Suspense>
      )}
      {error !== null && <ErrorState error={error} onRetry={() => void answer.refetch()} />}
      {error === null && details === undefined && (shown !== undefined || versions.data === undefined) && (
        <Skeleton lines={8} />
      )}
      {shown === undefined && versions.data !== undefined && <NothingDeployed task={task} />}
      {details !== undefined && (
        <div className="grid grow content-start lg:min-h-0 lg:grid-cols-[minmax(0,1fr)_19rem] lg:grid-rows-[minmax(0,1fr)] lg:content-stretch">
          <div className="flex min-w-0 flex-col border-line lg:min-h-0 lg:border-r">
            <Tabs
              label="About the task"
              current={tab}
              onChange={(name) =>
                set({ tab: name === 'overview' ? undefined : name, file: undefined, line: undefined })
              }
              tabs={[
                { name: 'overview', label: 'Overview', content: <Overview details={details} version={version} /> },
                {
                  name: 'code',
                  label: 'Code',
                  isFull: true,
                  content: (
                    <Suspense fallback={<Skeleton />}>
                      <CodeTab
                        details={details}
                        file={file}
                        line={line}
                        onShow={(place) => set({ file: place.path, line: place.line?.toString() })}
                      />
                    </Suspense>
                  ),
                },
                {
                  name: 'compare',
                  label: 'Compare',
                  content: (
                    <Suspense fallback={<Skeleton />}>
                      <CompareTab
                        details={details}
                        versions={versions.data?.versions.map((each) => each.version) ?? []}
                        base={search.base}
                        onBase={(base) => set({ base })}
                      />
                    </Suspense>
                  ),
                },
              ]}
            />
          </div>
          <div className="border-t border-line lg:min-h-0 lg:overflow-auto lg:border-t-0">
            <Versions
              versions={
                versions.data?.versions.map((each) => ({ name: each.version, at: msOf(each.deployedAt) })) ?? []
              }
              shown={shown}
            />
          </div>
        </div>
      )}
    </>
  )
}

function NothingDeployed({ task }: { task: string }) {
  return (
    <EmptyState
      title="Not found"
      actions={
        <Link to="/v2/domain/$domain/project/$project/tasks" params={useScope()} className={buttonClass()}>
          All tasks
        </Link>
      }
    >
      No task <code className="font-mono wrap-anywhere">{task}</code> is deployed here.
    </EmptyState>
  )
}

function Overview({ details, version }: { details: TaskDetails; version: string | undefined }) {
  return (
    <>
      <Interface details={details} />
      <TaskTriggers task={details.taskId?.name ?? ''} />
      <Section title="Last runs">
        <LastRuns task={details.taskId?.name ?? ''} version={version} />
      </Section>
    </>
  )
}

function Interface({ details: { spec, metadata, taskId } }: { details: TaskDetails }) {
  const template = spec?.taskTemplate
  const defaults = new Map((spec?.defaultInputs ?? []).map(({ name, parameter }) => [name, defaultText(parameter)]))
  const documentation = spec?.documentation
  return (
    <>
      <Section title="Inputs">
        <Variables map={template?.interface?.inputs} defaults={defaults} nothing="It takes nothing." />
      </Section>
      <Section title="Outputs">
        <Variables map={template?.interface?.outputs} defaults={new Map()} nothing="It gives nothing." />
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
              value: <CopyableName text={taskId?.version ?? ''} what="the version" />,
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

/** Empty for what cannot be written in a line, and for nothing. */
function defaultText(parameter: Parameter | undefined): string {
  if (parameter?.behavior.case !== 'default') return ''
  const json = toJson(toValue(parameter.behavior.value))
  const text = json === undefined || json === null ? '' : JSON.stringify(json)
  return text.length > 200 ? '' : text
}

function Variables({
  map,
  defaults,
  nothing,
}: {
  readonly map: VariableMap | undefined
  /** Of those that may be left out. */
  readonly defaults: ReadonlyMap<string, string>
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
            {defaults.get(key) === '' && <span className="text-muted">, optional</span>}
            {defaults.get(key) && (
              <span className="text-muted">
                {' '}
                = <code className="font-mono break-words">{defaults.get(key)}</code>
              </span>
            )}
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
  if (runs.length === 0) return <p className="text-xs text-muted">It has not run yet. “Launch” above starts a run.</p>
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
              search={({ tab }) => ({ ...(tab !== undefined && { tab }), ...(index > 0 && { version: name }) })}
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
