/** What a condition takes. An integer may be a bigint, where a number would not be exact. */
export type ConditionAnswer = boolean | number | bigint | string

/** The types that the value of a condition can have. */
export type ConditionType = 'boolean' | 'integer' | 'float' | 'string'

/** A condition that waits for its value in this process. */
export interface ConditionRequest {
  readonly name: string
  readonly prompt: string
  readonly promptType: 'text' | 'markdown'
  readonly description: string
  readonly type: ConditionType
  /** Aborted when nobody waits for the value any more. */
  readonly signal: AbortSignal
}

/** Gives conditions their values. */
export type AnswerCondition = (request: ConditionRequest) => ConditionAnswer | Promise<ConditionAnswer>
