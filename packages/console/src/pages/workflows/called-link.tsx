import { useQuery } from '@connectrpc/connect-query'
import { Link } from '@tanstack/react-router'
import type { Entity } from '@tern/idl/graph'
import { TaskService } from '@tern/idl/task'
import { useScope } from '../../app/scope.ts'

/** What a node calls, with a link to it where it is deployed. */
export function CalledLink({ entity: { kind } }: { entity: Entity }) {
  switch (kind.case) {
    case 'task': {
      const { id, type = '' } = kind.value.taskTemplate ?? {}
      return <TaskLink {...pick(id)} version={id?.version ?? ''} isWorkflow={type === 'workflow'} />
    }
    case 'deployedTask':
      return <TaskLink {...pick(kind.value)} version={kind.value.version} isWorkflow={false} />
    case 'launchPlan':
      return <PlanLink {...pick(kind.value)} version={kind.value.version} />
    case 'workflow':
      return <span>{kind.value.name}, as a part of this workflow</span>
    default:
      return <span className="text-faint">something of a newer version</span>
  }
}

interface Called {
  readonly project: string
  readonly domain: string
  readonly name: string
}

function pick(id: Called | undefined): Called {
  return { project: id?.project ?? '', domain: id?.domain ?? '', name: id?.name ?? '' }
}

const linkClass = 'rounded-sm text-accent hover:underline'

function TaskLink({ project, domain, name, version, isWorkflow }: Called & { version: string; isWorkflow: boolean }) {
  const here = useScope()
  const params = { project: project || here.project, domain: domain || here.domain }
  // A task that is in the workflow need not be deployed by itself.
  const { data } = useQuery(
    TaskService.method.listVersions,
    { taskName: { ...params, name }, request: { limit: 200 } },
    { retry: false, staleTime: 60_000 },
  )
  const isThere = data?.versions.some((each) => version === '' || each.version === version) ?? false
  const text = (
    <>
      {name}
      {version !== '' && <span className="block font-mono text-2xs text-muted">{version}</span>}
    </>
  )
  if (!isThere) return <span className="break-all">{text}</span>
  const search = version === '' ? {} : { version }
  return isWorkflow ? (
    <Link
      to="/v2/domain/$domain/project/$project/workflows/$workflow"
      params={{ ...params, workflow: name }}
      search={search}
      className={linkClass}
    >
      {text}
    </Link>
  ) : (
    <Link
      to="/v2/domain/$domain/project/$project/tasks/$task"
      params={{ ...params, task: name }}
      search={search}
      className={linkClass}
    >
      {text}
    </Link>
  )
}

function PlanLink({ project, domain, name, version }: Called & { version: string }) {
  const here = useScope()
  return (
    <Link
      to="/v2/domain/$domain/project/$project/launch-plans/$plan"
      params={{ project: project || here.project, domain: domain || here.domain, plan: name }}
      search={version === '' ? {} : { version }}
      className={linkClass}
    >
      {name}
      <span className="block text-2xs text-muted">
        the launch plan&apos;s {version === '' ? 'active version' : `version ${version}`}, in a run of its own
      </span>
    </Link>
  )
}
