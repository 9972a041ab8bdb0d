import { ResourceExhaustedError } from '@tern/core'
import type { NewRun, RunKey, RunLaunchPlan } from './model.ts'

/** As many runs of a launch plan are under way as may be. */
export class PlanFullError extends ResourceExhaustedError {
  override readonly name = 'PlanFullError'
  /** The names of some of them, the newest first. */
  readonly runs: ReadonlyArray<string>

  constructor(message: string, runs: ReadonlyArray<string>) {
    super(message, {
      hint: 'Wait until one of them has ended, abort it, or deploy a version that lets more run at once, or queues.',
    })
    this.runs = runs
  }
}

/** Places of runs among those of their launch plans that are under way, over all servers. */
export interface RunPlaces {
  /** Frees what a server before this one has taken and died. To be called before anything is taken. */
  begin(): Promise<void>
  /**
   * Takes a place for a run that does not wait, before it is made. Again is harmless.
   *
   * Throws PlanFullError when there is none.
   */
  take(run: RunKey, plan: RunLaunchPlan, maxRuns: number): Promise<void>
  /** Gives back the place of a run that was not made. Goes on by itself where the store cannot be reached. */
  giveBack(run: RunKey, plan: RunLaunchPlan): Promise<void>
  /** Takes a place for a run that waits for one; what it says while there is none for it, else undefined. */
  takeInTurn(run: RunKey, plan: RunLaunchPlan, maxRuns: number): Promise<string | undefined>
}

/** Makes a run that has a place, if it needs one. A run that is there has one. */
export async function withPlace<Made>(
  places: RunPlaces | undefined,
  { key, launchPlan, maxRuns }: NewRun,
  isThere: () => Promise<boolean>,
  make: () => Promise<Made>,
): Promise<Made> {
  if (places === undefined || launchPlan === undefined || maxRuns === undefined || (await isThere())) return make()
  await places.take(key, launchPlan, maxRuns)
  try {
    return await make()
  } catch (error) {
    await places.giveBack(key, launchPlan)
    throw error
  }
}
