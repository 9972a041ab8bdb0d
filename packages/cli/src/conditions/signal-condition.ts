import {
  DataValidationError,
  describeType,
  fromLiteral,
  isTerminalPhase,
  literalTypes,
  parseText,
  phaseName,
} from '@tern/core'
import type { LiteralType } from '@tern/idl/core'
import type { ActionDetails } from '@tern/idl/workflow'
import { conditionFilter, type ConditionAnswerValue, type TernClient, toPayload } from '@tern/sdk/client'
import { orSuggest } from '../flags/not-found.ts'
import type { CliIo } from '../io.ts'
import { CommandError, UsageError } from '../usage-error.ts'

/** What `tern signal condition` says, also as `-o json`. */
export interface SignalView {
  readonly run: string
  /** Name of the action that waited. */
  readonly action: string
  readonly condition: string
  readonly value: boolean | number | string
}

export interface SignalRequest {
  readonly run: string
  /** Name of the action, or of the condition where only one of the run has it. */
  readonly action: string
  readonly value: string | undefined
}

/** Gives a condition its value, read as the type that it takes. */
export async function signalCondition(client: TernClient, request: SignalRequest, io: CliIo): Promise<SignalView> {
  const { run } = request
  const details = await findCondition(client, request)
  const name = details.id?.name ?? request.action
  if (details.spec.case !== 'condition') {
    throw new CommandError(`action ${name} of run ${run} is no condition, so that nothing waits for a value`, {
      hint: `\`tern get condition ${run}\` lists what the run waits for.`,
    })
  }
  const condition = details.spec.value
  const phase = details.status?.phase ?? 0
  if (isTerminalPhase(phase)) {
    throw new CommandError(`condition ${condition.name} of run ${run} waits no longer: it is ${phaseName(phase)}`)
  }
  const type = condition.type ?? literalTypes.string()
  const text = request.value ?? (await ask(condition.prompt || condition.name, type, io))
  const value = toPayload(readValue(text, type), type)
  await client.signal(run, name, details.metadata?.parent ?? '', value)
  return { run, action: name, condition: condition.name, value: shownValue(value.value ?? '') }
}

export function signalText({ run, condition, value }: SignalView): string {
  return `Condition ${condition} of run ${run} is ${JSON.stringify(value)}.\n`
}

// JSON has no integers beyond those that are exact everywhere.
function shownValue(value: boolean | bigint | number | string): SignalView['value'] {
  if (typeof value !== 'bigint') return value
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}

function findCondition(client: TernClient, { run, action }: SignalRequest): Promise<ActionDetails> {
  return orSuggest(client.conditions.find(run, action), action, async function* () {
    for await (const { id, metadata } of client.listActions(run, { filters: [conditionFilter] })) {
      if (metadata?.spec.case === 'condition') yield metadata.spec.value.name
      yield id?.name ?? ''
    }
  })
}

async function ask(prompt: string, type: LiteralType, io: CliIo): Promise<string> {
  if (io.isInteractive) return io.ask(`${prompt} (${describeType(type)}) `)
  throw new UsageError('a value is needed', { hint: `Write a ${describeType(type)} after the action: ${prompt}` })
}

/** A value as text, in a command or from the terminal. */
function readValue(text: string, type: LiteralType): ConditionAnswerValue {
  try {
    return fromLiteral(parseText(text, type, 'value'), type) as ConditionAnswerValue
  } catch (error) {
    if (!(error instanceof DataValidationError)) throw error
    throw new UsageError(error.message, { hint: error.hint, cause: error })
  }
}
