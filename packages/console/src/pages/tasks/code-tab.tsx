import type { TaskDetails } from '@tern/idl/task'
import { CodeView } from '../../code/code-view.tsx'
import type { CodePlace } from '../../code/find-task.ts'
import { useCode } from '../../code/use-code.ts'
import { ErrorState, Skeleton } from '../../design/states.tsx'

/** The code of a version of a task. */
export function CodeTab({
  details: { taskId, spec },
  file,
  line,
  onShow,
}: {
  readonly details: TaskDetails
  readonly file: string | undefined
  readonly line: number | undefined
  readonly onShow: (place: Partial<CodePlace>) => void
}) {
  const { data, error, refetch } = useCode(taskId && { taskId }, spec)
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Skeleton lines={8} />
  return <CodeView sources={data} task={shortName(taskId?.name ?? '')} file={file} line={line} onShow={onShow} />
}

/** `environment.task` without the environment. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
