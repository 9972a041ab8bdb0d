import { useQuery } from '@connectrpc/connect-query'
import { Link } from '@tanstack/react-router'
import { type TaskDetails, type TaskIdentifier, TaskService } from '@tern/idl/task'

/** The task or workflow that a launch plan launches. */
export function useLaunched(taskId: TaskIdentifier | undefined): TaskDetails | undefined {
  const { data } = useQuery(
    TaskService.method.getTaskDetails,
    { ...(taskId && { taskId }) },
    { enabled: taskId !== undefined, staleTime: 60_000, retry: false },
  )
  return data?.details
}

const linkClass = 'rounded-sm text-accent hover:underline'

/** What a launch plan launches: the page of a workflow or of a task. */
export function LaunchedLink({ taskId }: { taskId: TaskIdentifier }) {
  const { project, domain, name, version } = taskId
  const launched = useLaunched(taskId)
  const text = (
    <>
      {name}
      <span className="block font-mono text-2xs text-muted">{version}</span>
    </>
  )
  return launched?.spec?.taskTemplate?.type === 'workflow' ? (
    <Link
      to="/v2/domain/$domain/project/$project/workflows/$workflow"
      params={{ project, domain, workflow: name }}
      search={{ version }}
      className={linkClass}
    >
      {text}
    </Link>
  ) : (
    <Link
      to="/v2/domain/$domain/project/$project/tasks/$task"
      params={{ project, domain, task: name }}
      search={{ version }}
      className={linkClass}
    >
      {text}
    </Link>
  )
}
