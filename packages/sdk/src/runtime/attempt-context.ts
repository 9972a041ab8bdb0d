import { joinUri } from '@tern/core/storage'
import { Checkpoint } from '../authoring/checkpoint.ts'
import type { ActionContext, RunContext, TaskContext } from '../authoring/context.ts'
import { type Logger, recordLogger } from '../authoring/logger.ts'
import type { CustomContext } from '../types/inputs-context.ts'
import type { Assignment } from './assignment.ts'
import type { LineBuffer } from './log-capture.ts'

/** What belongs to the attempt as it runs. */
interface Owner {
  readonly signal: AbortSignal
  readonly customContext: CustomContext
  readonly output: LineBuffer
}

/** What a task is given as its context. Most ask for little of it, so it is put together as they do. */
export class AttemptContext implements TaskContext {
  readonly mode = 'worker'
  private readonly assignment: Assignment
  private readonly owner: Owner
  private ownCheckpoint: Checkpoint | undefined
  private ownLogger: Logger | undefined

  constructor(assignment: Assignment, owner: Owner) {
    this.assignment = assignment
    this.owner = owner
  }

  get signal(): AbortSignal {
    return this.owner.signal
  }

  get attempt(): number {
    return this.assignment.attemptNumber
  }

  get customContext(): CustomContext {
    return this.owner.customContext
  }

  get checkpoint(): Checkpoint {
    const { assignment } = this
    this.ownCheckpoint ??= new Checkpoint({
      attempt: assignment.attemptNumber,
      folderOf: (number) => joinUri(assignment.text('runBaseDir'), assignment.text('action'), String(number)),
    })
    return this.ownCheckpoint
  }

  get logger(): Logger {
    const { owner } = this
    this.ownLogger ??= recordLogger((line) => owner.output.line('stdout', line))
    return this.ownLogger
  }

  get rawDataPath(): string {
    return this.assignment.text('rawDataPrefix')
  }

  get action(): ActionContext {
    const { assignment } = this
    return {
      name: assignment.text('action'),
      task: assignment.text('taskName'),
      version: assignment.text('taskVersion'),
      group: assignment.text('group'),
    }
  }

  get run(): RunContext {
    const { assignment } = this
    return {
      name: assignment.text('run'),
      org: assignment.text('org'),
      project: assignment.text('project'),
      domain: assignment.text('domain'),
      startedAt: new Date(assignment.runStartAtMs),
    }
  }
}
