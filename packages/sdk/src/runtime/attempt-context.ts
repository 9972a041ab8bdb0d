import type { ActionContext, RunContext, TaskContext } from '../authoring/context.ts'
import type { Assignment } from './assignment.ts'

/** What a task is given as its context. Most ask for little of it, so it is put together as they do. */
export class AttemptContext implements TaskContext {
  readonly mode = 'worker'
  private readonly assignment: Assignment
  private readonly owner: { readonly signal: AbortSignal }

  constructor(assignment: Assignment, owner: { readonly signal: AbortSignal }) {
    this.assignment = assignment
    this.owner = owner
  }

  get signal(): AbortSignal {
    return this.owner.signal
  }

  get attempt(): number {
    return this.assignment.attemptNumber
  }

  get action(): ActionContext {
    const { assignment } = this
    return { name: assignment.text('action'), task: assignment.text('taskName'), group: assignment.text('group') }
  }

  get run(): RunContext {
    const { assignment } = this
    return {
      name: assignment.text('run'),
      org: assignment.text('org'),
      project: assignment.text('project'),
      domain: assignment.text('domain'),
    }
  }
}
