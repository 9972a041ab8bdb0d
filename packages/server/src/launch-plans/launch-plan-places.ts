import type { Clock } from '@tern/core'
import type { RunKey, RunLaunchPlan } from '../engine/model.ts'
import { PlanFullError, type RunPlaces } from '../engine/run-places.ts'
import type { LaunchPlanPlacesRepository } from '../store/launch-plan-places-repository.ts'

/** Places of runs among those of their launch plans. The store keeps them, and so they are the same for all servers. */
export class LaunchPlanPlaces implements RunPlaces {
  readonly #repository: LaunchPlanPlacesRepository
  readonly #clock: Clock

  constructor(repository: LaunchPlanPlacesRepository, clock: Clock) {
    this.#repository = repository
    this.#clock = clock
  }

  async take(run: RunKey, { name }: RunLaunchPlan, maxRuns: number): Promise<void> {
    const place = await this.#repository.take({ run, plan: name, maxRuns, now: this.#clock.now() })
    if (place.isTaken) return
    const { busy, others } = place
    const names = others.length < busy ? `${others.join(', ')} …` : others.join(', ')
    throw new PlanFullError(
      `launch plan ${name} has ${busy} ${busy === 1 ? 'run' : 'runs'} under way, and at most ${maxRuns} may be${names === '' ? '' : `: ${names}`}`,
      others,
    )
  }

  giveBack(run: RunKey, { name }: RunLaunchPlan): Promise<void> {
    return this.#repository.giveBack({ run, plan: name })
  }

  async takeInTurn(run: RunKey, { name }: RunLaunchPlan, maxRuns: number): Promise<string | undefined> {
    const place = await this.#repository.takeInTurn({ run, plan: name, maxRuns, now: this.#clock.now() })
    if (place.isTaken) return undefined
    const { busy, ahead } = place
    const others = ahead === 0 ? '' : `, and ${ahead} ${ahead === 1 ? 'waits' : 'wait'} before it`
    return `waiting for a place in launch plan ${name}: ${busy} of at most ${maxRuns} runs under way${others}`
  }
}
