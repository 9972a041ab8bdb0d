import { isTernError, phaseName, type TaskFailure } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { ActionType } from '@tern/idl/workflow'
import type { ActionRecord } from '../../../store/engine-store.ts'
import type { Attempt } from '../../../executors/executor.ts'
import { runKey } from '../fixtures.ts'
import type { TernEngine } from '../../engine.ts'
import type { ActionReport, NewRun } from '../../model.ts'
import { OwnedElsewhereError } from '../../owned-elsewhere.ts'
import { unreadable } from '../memory-store.ts'
import { check } from './invariants.ts'
import { Channel } from './mail.ts'
import type { PlannedAction } from './plan.ts'
import { type CurrentRun, type Server, type World, hasEnded, rowOf } from './world.ts'

const boom: TaskFailure = { code: 'Error', message: 'boom', kind: 'user', recoverable: true }
const hourMs = 3_600_000
const yes = new Uint8Array([1])
const no = new Uint8Array([2])
const phases = [ActionPhase.QUEUED, ActionPhase.INITIALIZING, ActionPhase.RUNNING, ActionPhase.PAUSED]

// A client gives up, or a person asks again.
const mostTries = 12

interface Request {
  readonly send: (engine: TernEngine) => Promise<unknown>
  /** Whether the store has what an answer says. */
  readonly isDone: () => boolean
  /** Whether a refusal is right. */
  readonly isRefused: () => boolean
}

/** Requests that people and programs make, which may be lost, late, and come twice or in another order. */
export class Clients {
  readonly #world: World
  wasClockSet = false

  constructor(world: World) {
    this.#world = world
  }

  /** Somebody starts a run, and perhaps somebody else one of the same name. */
  createRun(request: NewRun): void {
    const stored = (): string | undefined => this.#world.store.runNamed(request.key.run)?.requestDigest
    this.#ask(`${request.key.run} (${request.requestDigest}) is asked for`, {
      send: (engine) => engine.createRun(request),
      isDone: () => stored() === request.requestDigest,
      isRefused: () => stored() !== undefined && stored() !== request.requestDigest,
    })
  }

  /** The code of an attempt adds a child that no executor hears of. */
  enqueue(
    { run, runId, action: parent }: Pick<Attempt, 'run' | 'runId' | 'action'>,
    { name, kind, spec, cacheKey, queue }: PlannedAction,
  ): void {
    const at = this.#world.time.now()
    const request = {
      key: { ...run, action: name },
      parent,
      spec,
      inputs: { bytes: new Uint8Array() },
      group: '',
      cacheKey,
      queue,
      isExternal: kind === 'external',
      ...(kind === 'trace' && {
        recorded: { phase: ActionPhase.SUCCEEDED, startedAt: at, endedAt: at, outputs: { uri: '/trace' } },
      }),
    }
    this.#ask(`${run.run}/${name} is asked for`, {
      send: (engine) => engine.enqueue(request),
      isDone: () => rowOf(this.#world, runId, name) !== undefined,
      isRefused: () => hasEnded(rowOf(this.#world, runId, parent)) || hasEnded(rowOf(this.#world, runId, 'a0')),
    })
  }

  /** Somebody gives a condition its value: one of two, so that they may differ. */
  signal({ id, name }: CurrentRun, action: string): void {
    const value = this.#world.random.chance(0.8) ? yes : no
    const row = (): ActionRecord | undefined => rowOf(this.#world, id, action)
    const isGiven = (): boolean => row()?.state.phase === ActionPhase.SUCCEEDED && row()?.outputs?.[0] === value[0]
    this.#ask(`${name}/${action} is given ${value[0]}`, {
      send: (engine) => engine.signal({ ...runKey, run: name, action }, value, new Uint8Array([3])),
      isDone: isGiven,
      isRefused: () => row()?.actionType !== ActionType.CONDITION || (hasEnded(row()) && !isGiven()),
    })
  }

  abort({ id, name }: CurrentRun, action: string): void {
    this.#ask(`${name}/${action} is aborted`, {
      send: (engine) => engine.abort({ ...runKey, run: name, action }, 'asked'),
      isDone: () => hasEnded(rowOf(this.#world, id, action)),
      isRefused: () => false,
    })
  }

  /** Whoever executes an action tells what becomes of it, not always in order. */
  report({ id, name }: CurrentRun, action: string): void {
    const row = rowOf(this.#world, id, action)
    if (row === undefined) return
    const report = this.#aReport(row)
    const what = `${report.isFinal ? 'ends' : 'is'} ${phaseName(report.phase)} in attempt ${report.attempt}`
    this.#ask(`${name}/${action} ${what}`, {
      send: (engine) => engine.report({ ...runKey, run: name, action }, report),
      isDone: () => !report.isFinal || report.attempt < row.state.attempt || this.#isTaken(id, action, report),
      isRefused: () => false,
    })
  }

  setClock(): void {
    this.wasClockSet = true
    const byMs = this.#world.random.chance(0.5) ? hourMs : -hourMs
    this.#world.note(`the clock is set by ${byMs} ms`)
    this.#world.time.setClock(byMs)
  }

  #aReport({ state }: ActionRecord): ActionReport & { readonly isFinal: boolean } {
    const { random, isFaulty, time } = this.#world
    const at = time.now()
    if (!isFaulty) return { attempt: state.attempt, phase: ActionPhase.SUCCEEDED, at, isFinal: true }
    const attempt = Math.max(1, state.attempt + random.below(3) - 1)
    const dice = random.next()
    if (dice < 0.1) return { attempt, phase: ActionPhase.SUCCEEDED, at, outputs: { bytes: yes }, isFinal: true }
    if (dice < 0.3) return { attempt, phase: ActionPhase.FAILED, at, failure: boom, isFinal: random.chance(0.2) }
    return { attempt, phase: random.pick(phases)!, at, isFinal: false }
  }

  /** Whether the end of an action is stored, or that a later attempt has begun. */
  #isTaken(runId: number, action: string, report: ActionReport): boolean {
    const row = rowOf(this.#world, runId, action)
    return hasEnded(row) || (row?.state.attempt ?? 0) > report.attempt
  }

  /** A request, and what its answers say of the store. */
  #ask(what: string, request: Request): void {
    const { isFaulty, random } = this.#world
    if (isFaulty && random.chance(0.1)) return this.#world.note(`lost: ${what}`)
    this.#sendTo(undefined, what, request, 1)
    if (isFaulty && random.chance(0.15)) this.#sendTo(undefined, `${what} (again)`, request, 1)
  }

  /** Arrives late, and not in the order in which it was sent. */
  #sendTo(url: string | null | undefined, what: string, request: Request, tries: number): void {
    const { servers, random, mail } = this.#world
    const server = servers.find(({ id }) => String(id) === url) ?? random.pick(servers)
    if (server === undefined || tries > mostTries) return
    mail.send(
      new Channel(server.id),
      `server ${server.id}: ${what}`,
      () => void this.#send(server, what, request, tries),
    )
  }

  async #send(server: Server, what: string, request: Request, tries: number): Promise<void> {
    const { send, isDone, isRefused } = request
    // What was so when it was asked may have changed by the time of the answer.
    const wasRefused = isRefused()
    try {
      const refusal = await send(server.engine).then(() => undefined, asRefusal)
      // A server that died meanwhile has answered nobody.
      if (server.isDead) return
      if (refusal === undefined) this.#world.promises.made(what, isDone)
      else if (refusal === unreadable) this.#world.note(`${what}: ${refusal.message}`)
      else if (refusal instanceof OwnedElsewhereError) this.#sendTo(refusal.ownerUrl, what, request, tries + 1)
      else this.#checkRefusal(what, refusal, wasRefused || isRefused())
    } catch (error) {
      this.#world.onBreach(error)
    }
  }

  #checkRefusal(what: string, { message }: Error, isRight: boolean): void {
    this.#world.note(`${what}: refused, ${message}`)
    check('after the commit', isRight, () => `${what} was refused for what is not stored: ${message}`)
  }
}

/** What the engine says to a request that it refuses; anything else is a fault of its own. */
function asRefusal(error: unknown): Error {
  if (isTernError(error) || error === unreadable) return error as Error
  throw error
}
