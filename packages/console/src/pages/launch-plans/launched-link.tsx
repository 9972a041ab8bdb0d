import { useQuery } from '@connectrpc/connect-query'
import { Link } from '@tanstack/react-router'
import { type TaskIdentifier, TaskService } from '@tern/idl/task'

const linkClass = 'rounded-sm text-accent hover:underline'

/** What a launch plan launches: the page of a workflow or of a task. */
export function LaunchedLink({ taskId }: { taskId: TaskIdentifier }) {
  const { project, domain, name, version } = taskId
  const { data } = useQuery(TaskService.method.getTaskDetails, { taskId }, { staleTime: 60_000, retry: false })
  const text = (
    <>
      {name}
      <span className="block font-mono text-2xs text-muted">{version}</span>
    </>
  )
  return data?.details?.spec?.taskTemplate?.type === 'workflow' ? (
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
