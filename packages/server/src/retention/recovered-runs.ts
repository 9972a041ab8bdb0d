import { fromBinary } from '@bufbuild/protobuf'
import type { Clock } from '@tern/core'
import { RunSpecSchema } from '@tern/idl/task'
import { recoverySourceOf } from '../engine/recovery.ts'
import type { EndedRun, RetentionRepository } from '../store/retention-repository.ts'

type RunName = Pick<EndedRun, 'project' | 'domain' | 'name'>

const runsAtOnce = 500
const freshMs = 30_000

/** Runs that live runs recover: they may still take over what those have. */
export class RecoveredRuns {
  readonly #repository: RetentionRepository
  readonly #clock: Clock
  #names: ReadonlySet<string> = new Set()
  #readAt = Number.NEGATIVE_INFINITY

  constructor(repository: RetentionRepository, clock: Clock) {
    this.#repository = repository
    this.#clock = clock
  }

  /** As of half a minute ago at most. */
  async names(): Promise<{ has(run: RunName): boolean }> {
    const now = this.#clock.now()
    if (Math.abs(now - this.#readAt) > freshMs) {
      this.#names = await this.#read()
      this.#readAt = now
    }
    const names = this.#names
    return { has: ({ project, domain, name }) => names.has(`${project}/${domain}/${name}`) }
  }

  async #read(): Promise<ReadonlySet<string>> {
    const names = new Set<string>()
    for (let after = 0; ; ) {
      const runs = await this.#repository.liveRuns(after, runsAtOnce)
      for (const { runSpec } of runs) {
        const source = recoverySourceOf(fromBinary(RunSpecSchema, runSpec))
        if (source !== null) names.add(`${source.run.project}/${source.run.domain}/${source.run.run}`)
      }
      const last = runs.at(-1)
      if (last === undefined || runs.length < runsAtOnce) return names
      after = last.id
    }
  }
}
