import { useQuery } from '@connectrpc/connect-query'
import { workflowOfTemplate } from '@tern/core/workflow'
import type { Workflow } from '@tern/idl/graph'
import { type TaskDetails, TaskService } from '@tern/idl/task'
import { useMemo } from 'react'
import { useScope } from '../../app/scope.ts'

export interface WorkflowVersion {
  readonly details: TaskDetails | undefined
  readonly workflow: Workflow | undefined
  readonly error: unknown
  readonly refetch: () => unknown
}

/** One version of a deployed workflow. The graph is in the task itself, so that any server has it. */
export function useWorkflow(name: string, version: string | undefined): WorkflowVersion {
  const scope = useScope()
  const { data, error, refetch } = useQuery(
    TaskService.method.getTaskDetails,
    { taskId: { ...scope, name, version: version ?? '' } },
    // A version can be deployed again, but hardly while somebody looks.
    { enabled: version !== undefined, staleTime: 60_000 },
  )
  const details = data?.details
  const read = useMemo(() => readWorkflow(details), [details])
  return { details, ...read, error: error ?? read.error, refetch }
}

function readWorkflow(details: TaskDetails | undefined): Pick<WorkflowVersion, 'workflow' | 'error'> {
  if (details === undefined) return { workflow: undefined, error: null }
  try {
    return { workflow: workflowOfTemplate(details.spec?.taskTemplate), error: null }
  } catch (error) {
    return { workflow: undefined, error }
  }
}
