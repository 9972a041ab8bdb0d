import { isSuccessPhase } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import type { ActionRecord } from '../../../store/engine-store.ts'
import { check } from './invariants.ts'
import { areOwnOutputs } from './workers.ts'
import { type World, rowOf } from './world.ts'

/** @param rerun what the run was to execute again, if it recovers the first one */
export function checkEnd(world: World, runId: number, rerun: ReadonlyArray<string> | undefined): void {
  for (const row of world.store.actions.values()) {
    if (row.runId !== runId) continue
    check('nothing lost', row.state.endedAt !== null, () => `${row.name} never ended: ${row.state.timeline}`)
    checkOutputs(world, row)
    if (row.state.phase === ActionPhase.RECOVERED) checkRecovered(world, row, rerun)
  }
  const { liveActions } = world.engine
  check('live work only', liveActions === 0, () => `${liveActions} ended actions stay in memory`)
}

function checkOutputs({ plan }: World, { name, state, outputs, cacheStatus }: ActionRecord): void {
  if (plan.get(name)?.kind !== 'task' || cacheStatus === CatalogCacheStatus.CACHE_HIT) return
  const isOwn = areOwnOutputs(name, state.attempt, state.phase, outputs)
  check(
    'one attempt',
    isOwn,
    () => `${name} ended in attempt ${state.attempt} with ${new TextDecoder().decode(outputs!)}`,
  )
}

function checkRecovered(world: World, { name, outputs }: ActionRecord, rerun: ReadonlyArray<string> | undefined): void {
  const earlier = rowOf(world, 1, name)
  const isResult = earlier !== undefined && isSuccessPhase(earlier.state.phase as ActionPhase)
  const isSame = Buffer.compare(earlier?.outputs ?? new Uint8Array(), outputs ?? new Uint8Array()) === 0
  const isAllowed = rerun !== undefined && !rerun.includes(name)
  check('one end', isResult && isSame && isAllowed, () => `${name} is said to be recovered, and is not`)
}
