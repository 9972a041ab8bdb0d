import type { ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError } from '@tern/core'
import type { WorkflowService } from '@tern/idl/graph'
import type { ApiDomain } from '../domain.ts'
import { fromActionIdentifier, fromTaskIdentifier } from '../wire/identifiers.ts'

/** Graphs of compiled workflows, and how far their executions have come. */
export function createWorkflowService({ graphs }: ApiDomain): ServiceImpl<typeof WorkflowService> {
  return {
    async getGraph({ subject, withoutWorkflow }) {
      switch (subject.case) {
        case 'taskId':
          return graphs.ofTask(fromTaskIdentifier(subject.value))
        case 'actionId':
          return graphs.ofAction(fromActionIdentifier(subject.value), { withoutWorkflow })
        default:
          throw new InvalidArgumentError('subject: one of task_id and action_id is required', { field: 'subject' })
      }
    },
  }
}
