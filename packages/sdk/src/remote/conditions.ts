import {
  DataValidationError,
  describeType,
  FailedPreconditionError,
  isTerminalPhase,
  literalTypes,
  NotFoundError,
  phaseName,
  toLiteral,
} from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import type { LiteralType } from '@tern/idl/core'
import { type ActionDetails, ActionType, type EventPayload } from '@tern/idl/workflow'
import type { TernClient } from './tern-client.ts'

/** Something that a run waits for. */
export interface PendingCondition {
  readonly run: string
  /** The name of its action. */
  readonly action: string
  readonly name: string
  readonly prompt: string
  /** What kind of value it takes, e.g. `boolean`. */
  readonly type: string
}

/** What conditions wait for. */
export type ConditionAnswerValue = boolean | number | bigint | string

/** Of a run's actions, those that wait for a value. */
export const conditionFilter = {
  field: 'action_type',
  function: 'EQUAL',
  values: [String(ActionType.CONDITION)],
} as const

const waiting = { field: 'phase', function: 'VALUE_IN', values: [String(ActionPhase.PAUSED)] } as const

/** What runs wait for, and how they get it. */
export class Conditions {
  readonly #client: TernClient

  constructor(client: TernClient) {
    this.#client = client
  }

  /** What a run waits for now; of all runs that go on, when none is named. */
  async *list(run?: string): AsyncGenerator<PendingCondition, void, undefined> {
    if (run === undefined) {
      for await (const { name } of this.#client.runs.list({ phase: ['RUNNING', 'PAUSED'] })) yield* this.list(name)
      return
    }
    for await (const { id } of this.#client.listActions(run, { filters: [conditionFilter, waiting] })) {
      const details = await this.#client.getAction(run, id?.name)
      if (details.spec.case !== 'condition') continue
      const { name, prompt, type } = details.spec.value
      yield { run, action: id?.name ?? '', name, prompt, type: describeType(type ?? literalTypes.string()) }
    }
  }

  /**
   * Finds a condition of a run.
   *
   * @param condition its name, or that of its action
   * @throws NotFoundError; FailedPreconditionError when the run has several of that name
   */
  async find(run: string, condition: string): Promise<ActionDetails> {
    const named: string[] = []
    for await (const { id, metadata } of this.#client.listActions(run, { filters: [conditionFilter] })) {
      const name = metadata?.spec.case === 'condition' ? metadata.spec.value.name : ''
      if (name === condition) named.push(id?.name ?? '')
    }
    if (named.length > 1) {
      throw new FailedPreconditionError(`run ${run} has ${named.length} conditions called ${condition}`, {
        hint: `Name one by its action: ${named.join(', ')}.`,
      })
    }
    return this.#client.getAction(run, named[0] ?? condition)
  }

  /**
   * Gives a condition its value.
   *
   * @param condition its name, or that of its action
   * @throws NotFoundError for a condition that does not exist, FailedPreconditionError for one that waits no longer,
   *   DataValidationError for a value of another type
   */
  async signal(run: string, condition: string, value: ConditionAnswerValue): Promise<void> {
    const details = await this.find(run, condition)
    const action = details.id?.name ?? condition
    if (details.spec.case !== 'condition') {
      throw new NotFoundError(`action ${action} of run ${run} is no condition, so that nothing waits for a value`)
    }
    const { name, type = literalTypes.string() } = details.spec.value
    const phase = details.status?.phase ?? 0
    if (isTerminalPhase(phase)) {
      throw new FailedPreconditionError(`condition ${name} of run ${run} waits no longer: it is ${phaseName(phase)}`)
    }
    await this.#client.signal(run, action, details.metadata?.parent ?? '', toPayload(value, type))
  }

  /** Says yes to a condition that asks for it. */
  approve(run: string, condition: string): Promise<void> {
    return this.signal(run, condition, true)
  }

  /** Says no to a condition that asks for it. */
  reject(run: string, condition: string): Promise<void> {
    return this.signal(run, condition, false)
  }
}

/** @throws DataValidationError for a value of another type */
export function toPayload(value: ConditionAnswerValue, type: LiteralType): EventPayload['value'] {
  const literal = toLiteral(value, type, 'value')
  const scalar = literal.value.case === 'scalar' ? literal.value.value.value : undefined
  const primitive = scalar?.case === 'primitive' ? scalar.value.value : undefined
  switch (primitive?.case) {
    case 'boolean':
      return { case: 'boolValue', value: primitive.value }
    case 'integer':
      return { case: 'intValue', value: primitive.value }
    case 'floatValue':
      return { case: 'floatValue', value: primitive.value }
    case 'stringValue':
      return { case: 'stringValue', value: primitive.value }
    default:
      throw new DataValidationError(`a condition of type ${describeType(type)} cannot be given a value`)
  }
}
