import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, retryInPlace } from '@tern/core'
import type { RunKey, RunLaunchPlan } from '../engine/model.ts'
import { PlanFullError, type RunPlaces } from '../engine/run-places.ts'
import type { LaunchPlanPlacesRepository } from '../store/launch-plan-places-repository.ts'

export interface LaunchPlanPlacesParts {
  readonly repository: LaunchPlanPlacesRepository
  readonly clock: Clock
  /** This server's number among those of the database. Defaults to that of the only one. */
  readonly server?: number | undefined
}

// The database may be away for a while.
const givingBackMs = 10 * 60_000

/** Places of runs among those of their launch plans. The store keeps them, and so they are the same for all servers. */
export class LaunchPlanPlaces implements RunPlaces {
  readonly #repository: LaunchPlanPlacesRepository
  readonly #clock: Clock
  readonly #server: number
  /** Runs whose places are being given back: until that is done, nobody takes them again. */
  readonly #givingBack = new Map<string, Promise<void>>()

  constructor({ repository, clock, server = 0 }: LaunchPlanPlacesParts) {
    this.#repository = repository
    this.#clock = clock
    this.#server = server
  }

  begin(): Promise<void> {
    return this.#repository.begin(this.#server)
  }

  async take(run: RunKey, { name }: RunLaunchPlan, maxRuns: number): Promise<void> {
    await this.#givingBack.get(keyOf(run))
    const place = await this.#repository.take(this.#asked(run, name, maxRuns))
    if (place.isTaken) return
    const { busy, others } = place
    const names = others.length < busy ? `${others.join(', ')} …` : others.join(', ')
    throw new PlanFullError(
      `launch plan ${name} has ${busy} ${busy === 1 ? 'run' : 'runs'} under way, and at most ${maxRuns} may be${names === '' ? '' : `: ${names}`}`,
      others,
    )
  }

  async giveBack(run: RunKey, { name }: RunLaunchPlan): Promise<void> {
    const giveBack = () => this.#repository.giveBack({ run, plan: name, server: this.#server })
    try {
      await giveBack()
    } catch {
      const key = keyOf(run)
      const done = retryInPlace(giveBack, { isTransient: () => true, forMs: givingBackMs, delay: unheldDelay })
        .catch(() => {})
        .finally(() => this.#givingBack.delete(key))
      this.#givingBack.set(key, done)
    }
  }

  async takeInTurn(run: RunKey, { name }: RunLaunchPlan, maxRuns: number): Promise<string | undefined> {
    const place = await this.#repository.takeInTurn(this.#asked(run, name, maxRuns))
    if (place.isTaken) return undefined
    const { busy, ahead } = place
    const others = ahead === 0 ? '' : `, and ${ahead} ${ahead === 1 ? 'waits' : 'wait'} before it`
    return `waiting for a place in launch plan ${name}: ${busy} of at most ${maxRuns} runs under way${others}`
  }

  #asked(run: RunKey, plan: string, maxRuns: number) {
    return { run, plan, maxRuns, server: this.#server, now: this.#clock.now() }
  }
}

/** Keeps no process that has nothing else to do. */
function unheldDelay(ms: number): Promise<void> {
  return delay(ms, undefined, { ref: false })
}

function keyOf({ project, domain, run }: RunKey): string {
  return `${project}/${domain}/${run}`
}
