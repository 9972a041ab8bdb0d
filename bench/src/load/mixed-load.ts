import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { literalTypes } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { configure, run } from '@tern/sdk'
import { type Clients, createClients } from '../clients.ts'
import { note } from './ledger.ts'
import { place, scriptSpec, sleepInputs, sleepSpec } from './specs.ts'
import { blobs, cached, chain, fanout, hold, nested, retried, scripts } from './tasks.ts'
import { untilAnswered } from './until-answered.ts'
import { problemsWith } from './verify.ts'

const blobBytes = 100_000
const mostBusy = 2

export const kinds = [
  'fanout',
  'chain',
  'blobs',
  'nested',
  'retried',
  'cached',
  'scripts',
  'condition',
  'sleep',
  'abort',
] as const
export type Kind = (typeof kinds)[number]

/** A run that is to come to an end in a known way. */
interface Expected {
  readonly phase: ActionPhase
  /** What it returns, if it returns anything. */
  readonly output?: number
  /** How many pieces of work it is made of. */
  readonly leaves: number
}

/** Runs of all kinds on one server. What has been promised about them is in the ledger, and nowhere else. */
export class MixedLoad {
  readonly folder: string
  readonly ledger: string
  /** Names of the runs whose creation has been acknowledged. */
  readonly runs: string[] = []
  #clients!: Clients
  readonly #id = randomBytes(4).toString('hex')
  #serial = 0

  /** @param folder an empty one, for what the tasks write */
  constructor(folder: string) {
    this.folder = folder
    this.ledger = join(folder, 'ledger')
  }

  connect(url: string): void {
    configure({ endpoint: url })
    this.#clients = createClients(url)
  }

  get clients(): Clients {
    return this.#clients
  }

  /** Starts a run; resolves when that, and what belongs to it, has been acknowledged. */
  async start(kind: Kind, size: number): Promise<void> {
    this.#serial += 1
    const name = `${kind}-${this.#id}-${this.#serial}`
    const { phase, output, leaves } = await this.#start(kind, name, size)
    this.runs.push(name)
    note(this.ledger, `acknowledged run ${name} ${phase} ${leaves} ${output ?? ''}`)
  }

  /** Writes down which actions of some run clients are told to have succeeded. */
  async look(): Promise<void> {
    const name = this.runs[Math.floor(Math.random() * this.runs.length)]
    if (name === undefined) return
    const { actions } = await this.#clients.runs.listActions({ runId: { ...place, name }, request: { limit: 500 } })
    const seen = actions.filter(({ status }) => status?.phase === ActionPhase.SUCCEEDED)
    if (seen.length > 0) note(this.ledger, seen.map(({ id }) => `seen ${name}/${id?.name}`).join('\n'))
  }

  /** Waits for the end of every run, and returns what is not as it was acknowledged to be. */
  verify(timeoutMs: number): Promise<ReadonlyArray<string>> {
    return problemsWith(this.ledger, this.#clients, timeoutMs)
  }

  async #start(kind: Kind, name: string, size: number): Promise<Expected> {
    const { ledger } = this
    const many = { n: Math.ceil(size / 10), ledger }
    const few = { n: Math.ceil(size / 30), ledger }
    const square = { n: Math.ceil(Math.sqrt(size / 5)), ledger }
    switch (kind) {
      case 'fanout':
        await untilAnswered(() => run(fanout, { n: size, ledger }, { name }))
        return sumOfLeaves(size)
      case 'chain':
        await untilAnswered(() => run(chain, many, { name }))
        return sumOfLeaves(many.n)
      case 'blobs':
        await untilAnswered(() => run(blobs, { ...few, bytes: blobBytes }, { name }))
        return succeeds(few.n, few.n * blobBytes)
      case 'nested':
        await untilAnswered(() => run(nested, square, { name, maxActionConcurrency: mostBusy }))
        return sumOfLeaves(square.n ** 2)
      case 'retried':
        await untilAnswered(() => run(retried, many, { name }))
        return sumOfLeaves(many.n)
      case 'cached':
        await untilAnswered(() => run(cached, few, { name }))
        return succeeds(few.n, 3 * sumOfLeaves(few.n).output)
      case 'scripts':
        await this.#deployScript()
        await untilAnswered(() => run(scripts, { n: few.n, version: this.#id }, { name }))
        return succeeds(few.n, few.n)
      case 'condition':
        await this.#condition(name)
        return succeeds(0, 1)
      case 'sleep':
        await this.#sleep(name)
        return { phase: ActionPhase.SUCCEEDED, leaves: 0 }
      case 'abort':
        await untilAnswered(() => run(hold, { file: join(this.folder, 'never') }, { name }))
        await untilAnswered(() => this.#clients.runs.abortRun({ runId: { ...place, name }, reason: 'not needed' }))
        return { phase: ActionPhase.ABORTED, leaves: 0 }
    }
  }

  async #deployScript(): Promise<void> {
    const taskId = { ...place, name: 'load.script', version: this.#id }
    const spec = scriptSpec(this.#id, this.ledger)
    await untilAnswered(() => this.#clients.tasks.deployTask({ taskId, spec }))
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
    note(this.ledger, `acknowledged action ${name}/ask`)
    const payload = { value: { case: 'boolValue', value: true } } as const
    await untilAnswered(() => this.#clients.runs.signalEvent({ actionId, payload }))
    note(this.ledger, `acknowledged signal ${name}/ask`)
    writeFileSync(file, '')
  }

  async #sleep(name: string): Promise<void> {
    await untilAnswered(() =>
      this.#clients.runs.createRun({
        id: { case: 'runId', value: { ...place, name } },
        task: { case: 'taskSpec', value: sleepSpec('load.sleep') },
        inputWrapper: { case: 'inputs', value: sleepInputs('1s') },
      }),
    )
  }
}

function succeeds(leaves: number, output: number): Required<Expected> {
  return { phase: ActionPhase.SUCCEEDED, leaves, output }
}

function sumOfLeaves(n: number): Required<Expected> {
  return succeeds(n, n * (n - 1) + 5 * n)
}
