import type { MessageInitShape } from '@bufbuild/protobuf'
import { type Client, createClient } from '@connectrpc/connect'
import type { TriggerAutomationSpecSchema } from '@tern/idl/task'
import {
  type Trigger,
  type TriggerDetails,
  type TriggerRevision,
  TriggerService,
  type TriggerSpecSchema,
} from '@tern/idl/trigger'
import type { Connection, ListOptions } from './connection.ts'
import { required } from './required.ts'

/** A trigger by its task's full name and its own. */
export interface TriggerReference {
  readonly task: string
  readonly name: string
}

/** What a trigger is to be. */
export interface TriggerDeployment extends TriggerReference {
  readonly spec: MessageInitShape<typeof TriggerSpecSchema>
  readonly automationSpec: MessageInitShape<typeof TriggerAutomationSpecSchema>
  /** The revision that the caller has seen, which it must still have. Defaults to 0: replace it whatever it is. */
  readonly revision?: bigint | undefined
}

/** The triggers of the tasks of a project and domain. */
export class Triggers {
  readonly #connection: Connection
  readonly #service: Client<typeof TriggerService>

  constructor(connection: Connection) {
    this.#connection = connection
    this.#service = createClient(TriggerService, connection.transport)
  }

  /** @throws NotFoundError, also for one that was deleted */
  async get(trigger: TriggerReference): Promise<TriggerDetails> {
    const answer = await this.#connection.call(() => this.#service.getTriggerDetails({ name: this.#nameOf(trigger) }))
    return required(answer.trigger, `trigger ${trigger.name} of task ${trigger.task}`)
  }

  /** @param task only those of this task; of all tasks when it is left out */
  list(task?: string, options: ListOptions = {}): AsyncGenerator<Trigger, void, undefined> {
    const { place, projectId } = this.#connection
    const scopeBy =
      task === undefined
        ? ({ case: 'projectId', value: projectId } as const)
        : ({ case: 'taskName', value: { ...place, name: task } } as const)
    return this.#connection.pages(options, async (request) => {
      const { triggers, token } = await this.#service.listTriggers({ request, scopeBy })
      return { items: triggers, token }
    })
  }

  /** Every change of a trigger, the newest first unless `sortBy` says otherwise. */
  history(trigger: TriggerReference, options: ListOptions = {}): AsyncGenerator<TriggerRevision, void, undefined> {
    return this.#connection.pages(options, async (request) => {
      const answer = await this.#service.getTriggerRevisionHistory({ request, name: this.#nameOf(trigger) })
      return { items: answer.triggers, token: answer.token }
    })
  }

  /**
   * Makes a trigger, or changes one.
   *
   * @throws FailedPreconditionError when it is at another revision than expected
   */
  async deploy({ spec, automationSpec, revision = 0n, ...trigger }: TriggerDeployment): Promise<TriggerDetails> {
    const answer = await this.#connection.call(() =>
      this.#service.deployTrigger({ name: this.#nameOf(trigger), spec, automationSpec, revision }),
    )
    return required(answer.trigger, `trigger ${trigger.name} of task ${trigger.task}`)
  }

  /** Switches a trigger on or off. */
  async setActive(trigger: TriggerReference, active: boolean): Promise<void> {
    await this.#connection.call(() => this.#service.updateTriggers({ names: [this.#nameOf(trigger)], active }))
  }

  async delete(trigger: TriggerReference): Promise<void> {
    await this.#connection.call(() => this.#service.deleteTriggers({ names: [this.#nameOf(trigger)] }))
  }

  #nameOf({ task, name }: TriggerReference) {
    return { ...this.#connection.place, taskName: task, name }
  }
}
