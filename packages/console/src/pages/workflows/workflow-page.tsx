import { create } from '@bufbuild/protobuf'
import { useQuery } from '@connectrpc/connect-query'
import { ListRequestSchema } from '@tern/idl/common'
import { FailurePolicy, type Workflow } from '@tern/idl/graph'
import { type TaskDetails, TaskService } from '@tern/idl/task'
import { Play } from 'lucide-react'
import { type ReactNode, Suspense, useMemo } from 'react'
import { lazyPart } from '../../api/lazy-part.ts'
import { useCommands } from '../../app/palette-commands.ts'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { Variables } from '../../data/variables.tsx'
import { CopyAs, CopyButton } from '../../design/copy.tsx'
import { Facts, Section } from '../../design/facts.tsx'
import { PageHeader } from '../../design/page.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../design/states.tsx'
import { Tabs } from '../../design/tabs.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { findNodes } from '../../flow/find-nodes.ts'
import { titleOf } from '../../flow/flow-layout.ts'
import { workflowSnippets } from '../../model/snippets.ts'
import { msOf } from '../../model/times.ts'
import { Bindings } from './binding-view.tsx'
import { GraphTab } from './graph-tab.tsx'
import { useWorkflow } from './use-workflow.ts'
import { useWorkflowSearch } from './workflow-search.ts'
import { LaunchButton } from '../tasks/launch/launch-button.tsx'

const TaskLaunch = lazyPart(() => import('../tasks/launch/task-launch.tsx'), 'TaskLaunch')

// Each brings along what only it needs.
const WorkflowRuns = lazyPart(() => import('./workflow-runs.tsx'), 'WorkflowRuns')
const WorkflowPlans = lazyPart(() => import('./workflow-plans.tsx'), 'WorkflowPlans')
const VersionsTab = lazyPart(() => import('./versions-tab.tsx'), 'VersionsTab')

const newest = create(ListRequestSchema, { limit: 1 })

/** A deployed workflow: its graph, what it takes and gives, its versions and its runs. */
export function WorkflowPage() {
  const scope = useScope()
  const { name, search, set } = useWorkflowSearch()
  useTitle(name)
  const versions = useQuery(TaskService.method.listVersions, { taskName: { ...scope, name }, request: newest })
  const version = search.version ?? versions.data?.versions[0]?.version
  const { details, workflow, error, refetch } = useWorkflow(name, version)
  const problem = versions.error ?? error
  const isMissing = version === undefined && versions.data?.versions.length === 0
  const commands = useMemo(
    () => [{ label: 'Launch this workflow', icon: <Play size={15} />, run: () => set({ launch: 'yes' }) }],
    [set],
  )
  useCommands(commands)
  const workflows = { label: 'Workflows', to: `/v2/domain/${scope.domain}/project/${scope.project}/workflows` }
  return (
    <div className="flex min-h-0 grow flex-col">
      <PageHeader
        crumbs={[workflows]}
        title={name}
        actions={
          <>
            <CopyAs snippets={workflowSnippets(scope, name, version)} />
            <LaunchButton isReady={details !== undefined} onLaunch={() => set({ launch: 'yes' })} />
          </>
        }
      >
        {details !== undefined && (
          <About details={details} workflow={workflow} newest={versions.data?.versions[0]?.version} />
        )}
      </PageHeader>
      {search.launch !== undefined && details !== undefined && (
        <Suspense>
          <TaskLaunch details={details} onClose={() => set({ launch: undefined })} />
        </Suspense>
      )}
      {problem !== null && <ErrorState error={problem} onRetry={() => void refetch()} />}
      {problem === null && isMissing && <Missing />}
      {problem === null && !isMissing && (workflow === undefined || details === undefined) && <Skeleton lines={8} />}
      {problem === null && workflow !== undefined && details !== undefined && (
        <Tabs
          label="About the workflow"
          current={search.view ?? 'graph'}
          onChange={(view) => set({ view: view === 'graph' ? undefined : view }, true)}
          tabs={[
            { name: 'graph', label: 'Graph', content: <GraphTab workflow={workflow} />, isFull: true },
            { name: 'interface', label: 'Interface', content: <Interface details={details} workflow={workflow} /> },
            { name: 'runs', label: 'Runs', content: inTime(<WorkflowRuns name={name} />) },
            { name: 'plans', label: 'Launch plans', content: inTime(<WorkflowPlans name={name} />) },
            {
              name: 'versions',
              label: 'Versions',
              content: inTime(<VersionsTab name={name} shown={details.taskId?.version ?? ''} workflow={workflow} />),
              isFull: true,
            },
          ]}
        />
      )}
    </div>
  )
}

function inTime(tab: ReactNode): ReactNode {
  return <Suspense fallback={<Skeleton lines={6} />}>{tab}</Suspense>
}

function Missing() {
  return (
    <div role="alert">
      <EmptyState title="Not found">No workflow of this name is deployed here.</EmptyState>
    </div>
  )
}

function About({
  details: { metadata, taskId },
  workflow,
  newest: newestVersion,
}: {
  readonly details: TaskDetails
  readonly workflow: Workflow | undefined
  readonly newest: string | undefined
}) {
  const { set } = useWorkflowSearch()
  const count = useMemo(() => (workflow === undefined ? 0 : findNodes(workflow).size), [workflow])
  return (
    <>
      {metadata?.shortDescription && <p className="mt-1 text-xs text-muted">{metadata.shortDescription}</p>}
      <p className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted">
        <span className="-my-1 flex min-w-0 items-center gap-1">
          <span className="truncate font-mono">{taskId?.version}</span>
          <CopyButton text={taskId?.version ?? ''} what="the version" />
        </span>
        <span>
          deployed <TimeAgo at={msOf(metadata?.deployedAt)} />
        </span>
        {newestVersion !== undefined && newestVersion !== taskId?.version && (
          <button
            type="button"
            onClick={() => set({ version: undefined, node: undefined }, true)}
            className="rounded-sm text-accent hover:underline"
          >
            there is a newer version
          </button>
        )}
        {count > 0 && <span>{count === 1 ? '1 node' : `${count.toLocaleString()} nodes`}</span>}
      </p>
    </>
  )
}

function Interface({ details: { spec, metadata }, workflow }: { details: TaskDetails; workflow: Workflow }) {
  const { set } = useWorkflowSearch()
  const nodes = useMemo(() => findNodes(workflow), [workflow])
  const { graph } = workflow
  const template = spec?.taskTemplate
  const documentation = spec?.documentation?.longDescription || graph?.description
  const isMore = documentation !== metadata?.shortDescription
  return (
    <div className="max-w-4xl">
      <Section title="Inputs">
        <Variables map={template?.interface?.inputs} defaults={spec?.defaultInputs ?? []} none="It takes nothing." />
      </Section>
      <Section title="Outputs">
        <Variables map={template?.interface?.outputs} none="It gives nothing." />
      </Section>
      {graph !== undefined && graph.outputs.length > 0 && (
        <Section title="Where the outputs come from">
          <Bindings
            bindings={graph.outputs}
            none=""
            nodes={nodes}
            scope=""
            onSelect={(path) => set({ view: undefined, node: path }, true)}
          />
        </Section>
      )}
      {documentation && isMore && (
        <Section title="Description">
          <p className="max-w-prose text-sm whitespace-pre-wrap">{documentation}</p>
        </Section>
      )}
      <Section title="About">
        <Facts
          facts={[
            { label: 'Environment', value: metadata?.environmentName },
            {
              label: 'When a node fails',
              value:
                graph?.failurePolicy === FailurePolicy.FINISH_EXECUTABLE
                  ? 'the others finish first'
                  : 'the others are aborted',
            },
            graph?.onFailure !== undefined && {
              label: 'Then',
              value: `${titleOf(graph.onFailure, workflow.entities)} is called`,
            },
            { label: 'Retries', value: String(template?.metadata?.retries?.retries ?? 0) },
            { label: 'Cached', value: template?.metadata?.discoverable ? 'yes' : 'no' },
          ]}
        />
      </Section>
    </div>
  )
}
