import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { create } from '@bufbuild/protobuf'
import { literalTypes, phaseName, toLiteral, typedInterface } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { InputsSchema, TaskSpecSchema } from '@tern/idl/task'
import { configure, run } from '@tern/sdk'
import { type Clients, createClients } from '../clients.ts'
import { untilAnswered } from './until-answered.ts'
import { blobs, chain, fanout, hold } from './tasks.ts'

const blobBytes = 100_000
const place = { project: 'flytesnacks', domain: 'development' } as const
const { SUCCEEDED, ABORTED } = ActionPhase
const ended: ReadonlySet<ActionPhase> = new Set([SUCCEEDED, ActionPhase.FAILED, ABORTED, ActionPhase.TIMED_OUT])

/** A run whose creation has been acknowledged. */
export interface LoadedRun {
  readonly name: string
  readonly kind: Kind
  /** The phase in which it is to end. */
  readonly expected: ActionPhase
  /** How many leaves it has, each of which writes to the journal. */
  readonly leaves: number
}

export const kinds = ['fanout', 'chain', 'condition', 'sleep', 'abort', 'blobs'] as const
export type Kind = (typeof kinds)[number]

/** Runs of all kinds on one server, and what has been promised about them. */
export class MixedLoad {
  readonly journal: string
  readonly runs: LoadedRun[] = []
  readonly folder: string
  #clients!: Clients
  readonly #id = randomBytes(4).toString('hex')
  #serial = 0

  /** @param folder an empty one, for what the tasks write */
  constructor(folder: string) {
    this.folder = folder
    this.journal = join(folder, 'journal')
  }

  connect(url: string): void {
    configure({ endpoint: url })
    this.#clients = createClients(url)
  }

  get clients(): Clients {
    return this.#clients
  }

  /** Starts a run; resolves when that, and what belongs to it, has been acknowledged. */
  async start(kind: Kind, size: number): Promise<LoadedRun> {
    this.#serial += 1
    const name = `${kind}-${this.#id}-${this.#serial}`
    const started: LoadedRun = { name, kind, expected: kind === 'abort' ? ABORTED : SUCCEEDED, leaves: 0 }
    switch (kind) {
      case 'fanout':
        await untilAnswered(() => run(fanout, { n: size, journal: this.journal }, { name }))
        return this.#add({ ...started, leaves: size })
      case 'chain':
        await untilAnswered(() => run(chain, { n: Math.ceil(size / 10), journal: this.journal }, { name }))
        return this.#add({ ...started, leaves: Math.ceil(size / 10) })
      case 'blobs': {
        const inputs = { n: Math.ceil(size / 30), bytes: blobBytes, journal: this.journal }
        await untilAnswered(() => run(blobs, inputs, { name }))
        return this.#add({ ...started, leaves: inputs.n })
      }
      case 'condition':
        await this.#condition(name)
        return this.#add(started)
      case 'sleep':
        await this.#sleep(name)
        return this.#add(started)
      case 'abort':
        await untilAnswered(() => run(hold, { file: join(this.folder, 'never') }, { name }))
        await untilAnswered(() => this.#clients.runs.abortRun({ runId: { ...place, name }, reason: 'not needed' }))
        return this.#add(started)
    }
  }

  /** Names of the actions that clients are told have succeeded, each with its run's. */
  async finished(): Promise<ReadonlySet<string>> {
    const names = new Set<string>()
    for (const { name, leaves } of this.runs) {
      if (leaves > 0) for (const action of await this.#succeededIn(name)) names.add(`${name}/${action}`)
    }
    return names
  }

  /** Executions so far, of leaves: the run's name and the action's. */
  executions(): ReadonlyArray<string> {
    return existsSync(this.journal) ? readFileSync(this.journal, 'utf8').split('\n').filter(Boolean) : []
  }

  /**
   * Waits for the end of every run, and returns what is wrong with it.
   *
   * @param mayFail kinds that are to come to their end, and no more
   */
  async verify(timeoutMs: number, mayFail: ReadonlyArray<Kind> = []): Promise<ReadonlyArray<string>> {
    const giveUpAt = Date.now() + timeoutMs
    const problems: string[] = []
    for (const { name, kind, expected } of this.runs) {
      const phase = await this.#phaseAtEnd(name, giveUpAt)
      if (mayFail.includes(kind) && phase === ActionPhase.FAILED) continue
      if (phase !== expected) problems.push(`${kind} run ${name} is ${phaseName(phase)}, not ${phaseName(expected)}`)
    }
    const byRun = Map.groupBy(new Set(this.executions()), (line) => line.split('/')[0]!)
    for (const { name, kind, leaves } of this.runs) {
      if (mayFail.includes(kind)) continue
      const count = byRun.get(name)?.length ?? 0
      if (count !== leaves) problems.push(`${count} leaves of run ${name} were executed, not ${leaves}`)
    }
    return problems
  }

  #add(started: LoadedRun): LoadedRun {
    this.runs.push(started)
    return started
  }

  async #phaseAtEnd(name: string, giveUpAt: number): Promise<ActionPhase> {
    for (;;) {
      const { details } = await untilAnswered(() => this.#clients.runs.getRunDetails({ runId: { ...place, name } }))
      const phase = details?.action?.status?.phase ?? ActionPhase.UNSPECIFIED
      if (ended.has(phase) || Date.now() > giveUpAt) return phase
      await delay(50)
    }
  }

  async #succeededIn(name: string): Promise<ReadonlyArray<string>> {
    const names: string[] = []
    for (let token = ''; ; ) {
      const page = await this.#clients.runs.listActions({ runId: { ...place, name }, request: { limit: 500, token } })
      for (const { id, status } of page.actions) if (status?.phase === SUCCEEDED) names.push(id?.name ?? '')
      token = page.token
      if (token === '') return names
    }
  }

  /** A run to which a condition is added, which gets its value. */
  async #condition(name: string): Promise<void> {
    const file = join(this.folder, `go-${name}`)
    await untilAnswered(() => run(hold, { file }, { name }))
    const actionId = { run: { ...place, name }, name: 'ask' }
    const value = { name: 'ask', prompt: 'Go on?', type: literalTypes.boolean() }
    const action = {
      actionId,
      parentActionName: 'a0',
      inputUri: 'nowhere',
      spec: { case: 'condition', value },
    } as const
    await untilAnswered(() => this.#clients.actions.enqueue({ action }))
    const payload = { value: { case: 'boolValue', value: true } } as const
    await untilAnswered(() => this.#clients.runs.signalEvent({ actionId, payload }))
    const { details } = await untilAnswered(() => this.#clients.runs.getActionDetails({ actionId }))
    const phase = details?.status?.phase
    if (phase !== SUCCEEDED) throw new Error(`a condition that was given its value is ${phaseName(phase ?? 0)}`)
    writeFileSync(file, '')
  }

  async #sleep(name: string): Promise<void> {
    const value = create(TaskSpecSchema, {
      taskTemplate: {
        id: { ...place, name: 'load.sleep', version: 'v1' },
        type: 'core-sleep',
        metadata: { runtime: { version: '0.1.0', flavor: 'typescript' } },
        interface: typedInterface({ inputs: { duration: literalTypes.duration() }, outputs: {} }),
      },
      shortName: 'load.sleep',
    })
    const literal = { name: 'duration', value: toLiteral('1s', literalTypes.duration()) }
    await untilAnswered(() =>
      this.#clients.runs.createRun({
        id: { case: 'runId', value: { ...place, name } },
        task: { case: 'taskSpec', value },
        inputWrapper: { case: 'inputs', value: create(InputsSchema, { literals: [literal] }) },
      }),
    )
  }
}
