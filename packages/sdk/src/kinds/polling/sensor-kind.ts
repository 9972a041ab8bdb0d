import type { JsonObject } from '@bufbuild/protobuf'
import { InvalidArgumentError } from '@tern/core'
import { currentScope, type TaskContext } from '../../authoring/context.ts'
import { report } from '../../authoring/report.ts'
import { sourceHash } from '../../authoring/source-hash.ts'
import type { KindTask } from '../task-kind.ts'
import { gaveNoAnswer, type Look, poll, type Progress } from './poll.ts'
import { PollingKind } from './polling-kind.ts'
import { checkWaits, describeWaits, type WaitConfig } from './waits.ts'

/** What a sensor asks, and how often. */
export interface SensorConfig extends WaitConfig {
  /** `false`, `null` or nothing is "not yet"; anything else is the answer. */
  readonly check: (inputs: never, context: TaskContext) => unknown
}

/** Tasks that wait until a function says that they need not wait any longer. Workers call it. */
export class SensorKind extends PollingKind {
  readonly #config: SensorConfig

  constructor(config: SensorConfig) {
    super()
    this.#config = config
  }

  protected get identity(): unknown {
    return sourceHash(this.#config.check)
  }

  protected override get custom(): JsonObject {
    return { kind: 'sensor', every: describeWaits(this.#config) }
  }

  override check(task: KindTask): void {
    const check: unknown = this.#config.check
    if (typeof check !== 'function') {
      const hint = 'It returns false as long as there is nothing.'
      throw new InvalidArgumentError(`task ${task.name}: check must be a function`, { field: 'check', hint })
    }
    checkWaits(this.#config, task)
  }

  override async execute(inputs: never, context: TaskContext, task: KindTask): Promise<unknown> {
    context.signal.throwIfAborted()
    const log = new SensorLog(context, task)
    try {
      const found = await poll<unknown>({
        name: 'check',
        about: task.name,
        group: 'checks',
        waits: this.#config,
        look: () => this.#look(inputs, context),
        onSeen: (seen, progress) => log.seen(seen, progress),
      })
      await log.found()
      const answer = 'value' in found ? found.value : undefined
      return task.interface.outputKind === 'none' ? undefined : answer
    } catch (error) {
      if (context.signal.aborted) log.gaveUp()
      throw error
    }
  }

  async #look(inputs: never, context: TaskContext): Promise<Look<unknown>> {
    try {
      const value = await this.#config.check(inputs, context)
      if (value !== false && value !== undefined && value !== null) return { value }
      return { seen: { answer: value === undefined ? 'nothing' : String(value) } }
    } catch (error) {
      if (!gaveNoAnswer(error) || context.signal.aborted) throw error
      return { seen: { answer: `none: ${error.message}` } }
    }
  }
}

/** What a sensor says of its checks: in its log, and in its report if it has one. */
class SensorLog {
  readonly #context: TaskContext
  readonly #hasReport: boolean
  #checks = 0
  #last = ''
  /** The last check that an earlier attempt has made. */
  #taken = 0

  constructor(context: TaskContext, task: KindTask) {
    this.#context = context
    this.#hasReport = task.options.report
  }

  async seen({ answer }: JsonObject, { looks, isNew, next = '' }: Progress): Promise<void> {
    this.#checks = looks
    this.#last = typeof answer === 'string' ? answer : JSON.stringify(answer)
    if (!isNew) {
      this.#taken = looks
      return
    }
    this.#sayWhatWasTaken()
    this.#context.logger.info(`check ${looks}: not yet, the answer is ${this.#last}; the next is in ${next}`)
    await this.#show(`Checked ${times(looks)}. The last answer, at ${this.#now()}, is ${this.#last}.`)
  }

  async found(): Promise<void> {
    this.#sayWhatWasTaken()
    this.#checks += 1
    this.#context.logger.info(`check ${this.#checks}: there it is`)
    await this.#show(`Checked ${times(this.#checks)}, until ${this.#now()}.`)
  }

  gaveUp(): void {
    const last = this.#checks === 0 ? '' : `; the last answer is ${this.#last}`
    this.#context.logger.warn(`gave up after ${times(this.#checks, 'check')}${last}`)
  }

  #sayWhatWasTaken(): void {
    if (this.#taken > 0)
      this.#context.logger.info(
        `goes on after ${times(this.#taken, 'check')} of earlier attempts; the last: ${this.#last}`,
      )
    this.#taken = 0
  }

  async #show(text: string): Promise<void> {
    if (!this.#hasReport) return
    report().tab('checks').clear().text(text)
    await report().flush()
  }

  #now(): string {
    return new Date(currentScope()?.parent?.clock?.now() ?? Date.now()).toISOString()
  }
}

function times(count: number, what = 'time'): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
