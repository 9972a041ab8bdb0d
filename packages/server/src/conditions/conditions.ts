import { fromBinary } from '@bufbuild/protobuf'
import { InvalidArgumentError } from '@tern/core'
import type { LiteralType } from '@tern/idl/core'
import { ActionType, ConditionActionSchema } from '@tern/idl/workflow'
import { actionNotFound, notACondition } from '../engine/failures.ts'
import type { ActionKey, Engine, Identity } from '../engine/model.ts'
import type { ActionsRepository } from '../store/actions-repository.ts'
import { type ConditionValue, parseConditionValue, toConditionLiteral, toConditionOutputs } from './condition-value.ts'

export interface ConditionsParts {
  readonly engine: Engine
  readonly actions: ActionsRepository
}

/** Actions that wait for somebody to give them a value. */
export class Conditions {
  readonly #parts: ConditionsParts

  constructor(parts: ConditionsParts) {
    this.#parts = parts
  }

  /**
   * Gives a condition its value. The same value again is harmless.
   *
   * Throws NotFoundError, InvalidArgumentError for a value of another type, FailedPreconditionError for what is not a
   * condition, or has another value, or waits no longer.
   */
  async signal(key: ActionKey, value: ConditionValue, field: string, by?: Identity): Promise<void> {
    const literal = toConditionLiteral(value, await this.#typeOf(key), field)
    await this.#parts.engine.signal(key, toConditionOutputs(literal), by)
  }

  /** The same with a value out of JSON, as webhooks call back with. */
  async signalJson(key: ActionKey, json: unknown, by?: Identity): Promise<void> {
    const type = await this.#typeOf(key)
    const value = parseConditionValue(json, type)
    if (value === undefined) {
      throw new InvalidArgumentError('value: a boolean, a number or a string is required', { field: 'value' })
    }
    const literal = toConditionLiteral(value, type, 'value')
    await this.#parts.engine.signal(key, toConditionOutputs(literal), by)
  }

  async #typeOf(key: ActionKey): Promise<LiteralType | undefined> {
    const { actions } = this.#parts
    const action = await actions.find(key)
    if (action === undefined) throw actionNotFound(key)
    if (action.actionType !== ActionType.CONDITION) throw notACondition(key)
    const spec = await actions.findSpec(action.specDigest)
    return spec && fromBinary(ConditionActionSchema, spec).type
  }
}
