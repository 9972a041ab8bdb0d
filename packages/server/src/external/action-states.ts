import { type Clock, InvalidArgumentError, isRecord, phaseOfName, type TaskFailure } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { actionNotFound } from '../engine/failures.ts'
import type { ActionKey, Engine } from '../engine/model.ts'
import type { ExternalActionsRepository, ReportedAction } from '../store/external-actions-repository.ts'

export interface ActionStatesParts {
  readonly engine: Engine
  readonly repository: ExternalActionsRepository
  readonly clock: Clock
}

const maxStateLength = 1024 * 1024

/** The state that executors of old task images keep with their actions: JSON of their own making. */
export class ActionStates {
  readonly #parts: ActionStatesParts

  constructor(parts: ActionStatesParts) {
    this.#parts = parts
  }

  /**
   * Keeps a state in place of the one before. A phase in it moves an external action; of an action that this server
   * executes it is kept, and no more.
   *
   * Throws InvalidArgumentError for what is not JSON of an object, and NotFoundError.
   */
  async put(key: ActionKey, state: string): Promise<void> {
    const content = parse(state)
    const action = await this.#find(key)
    await this.#parts.repository.putState(action.runId, action.seq, state, this.#parts.clock.now())
    const phase = phaseOf(content)
    if (phase === undefined || !action.isExternal) return
    const hasFailed = phase === ActionPhase.FAILED || phase === ActionPhase.TIMED_OUT
    await this.#parts.engine.report(key, {
      attempt: action.attempt,
      phase,
      at: this.#parts.clock.now(),
      ...(hasFailed && { failure: failureOf(content) }),
    })
  }

  /** The state that was put last; empty when none was. Throws NotFoundError. */
  async get(key: ActionKey): Promise<string> {
    const { runId, seq } = await this.#find(key)
    return (await this.#parts.repository.findState(runId, seq)) ?? ''
  }

  async #find(key: ActionKey): Promise<ReportedAction> {
    const action = (await this.#parts.repository.find(key, [key.action]))?.get(key.action)
    if (action === undefined) throw actionNotFound(key)
    return action
  }
}

type State = Readonly<Record<string, unknown>>

function parse(state: string): State {
  const field = 'state'
  if (state === '') throw new InvalidArgumentError('state: value is required', { field })
  if (state.length > maxStateLength) {
    throw new InvalidArgumentError(`state: has ${state.length} characters, ${maxStateLength} are allowed`, { field })
  }
  const content = parseJson(state)
  if (isRecord(content)) return content
  throw new InvalidArgumentError('state: must be the JSON of an object', { field })
}

/** Undefined for what is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// The phases of nodes in Flyte 1, by number: what is failing, succeeding or timing out is still at it.
const nodePhases: ReadonlyArray<ActionPhase | undefined> = [
  undefined,
  ActionPhase.QUEUED,
  ActionPhase.RUNNING,
  ActionPhase.RUNNING,
  ActionPhase.RUNNING,
  ActionPhase.SUCCEEDED,
  ActionPhase.FAILED,
  // Skipped: there is no such thing here.
  undefined,
  ActionPhase.RUNNING,
  ActionPhase.TIMED_OUT,
  ActionPhase.RUNNING,
  ActionPhase.RECOVERED,
]

/** A number is a node's phase in Flyte 1; a name is an action's, with `PHASE_` or `ACTION_PHASE_` before it or not. */
function phaseOf({ phase }: State): ActionPhase | undefined {
  if (typeof phase === 'number') return nodePhases[phase]
  if (typeof phase !== 'string') return undefined
  const name = phase.replace(/^(ACTION_)?PHASE_/i, '')
  const named = /^executing$/i.test(name) ? ActionPhase.RUNNING : phaseOfName(name)
  return named === ActionPhase.UNSPECIFIED ? undefined : named
}

function failureOf({ error, message }: State): TaskFailure {
  const details: State = isRecord(error) ? error : {}
  return {
    code: textOr(details['code'], ''),
    message: textOr(details['message'], textOr(message, '')),
    kind: details['kind'] === 2 || details['kind'] === 'SYSTEM' ? 'system' : 'user',
    recoverable: true,
  }
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}
