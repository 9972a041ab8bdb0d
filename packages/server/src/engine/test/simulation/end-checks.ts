import { isSuccessPhase } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import type { ActionRecord } from '../../../store/engine-store.ts'
import { toTaskPolicy } from '../../task-policy.ts'
import { check } from './invariants.ts'
import { sleepMs } from './plan.ts'
import { type World, isDetached, rowOf } from './world.ts'

export interface EndOptions {
  /** What the run was to execute again, if it recovers the first one. */
  readonly rerun: ReadonlyArray<string> | undefined
  /** There was always a server, and nobody has set the clock. */
  readonly isTimely: boolean
}

export function checkEnd(world: World, { rerun, isTimely }: EndOptions): void {
  for (const row of world.store.actions.values()) {
    check('nothing lost', row.state.endedAt !== null, () => `${row.name} never ended: ${row.state.timeline}`)
    checkOutputs(world, row)
    if (isTimely) checkTimes(world, row)
    const run = world.store.runs.get(row.runId)?.name ?? ''
    const isAborted = row.state.phase === ActionPhase.ABORTED
    check('one end', !(isAborted && isDetached(run)), () => `the detached run ${run} ended with whoever started it`)
    if (row.state.phase === ActionPhase.RECOVERED) checkRecovered(world, row, rerun)
  }
  for (const { engine, id } of world.servers) {
    const { liveActions, liveRuns, stoppingAttempts } = engine
    const left = `${liveActions} actions, ${liveRuns} runs and ${stoppingAttempts} attempts that stop`
    const isEmpty = liveActions + liveRuns + stoppingAttempts === 0
    check('live work only', isEmpty, () => `${left} stay in memory of server ${id}`)
  }
}

function checkOutputs(world: World, row: ActionRecord): void {
  const { name, state, outputs, outputsUri, cacheStatus, cacheSource } = row
  const kind = world.plan.get(name)?.kind
  if (state.phase !== ActionPhase.SUCCEEDED) return
  if (kind === 'sleep') return check('one attempt', state.attempt === 1, () => `${name} began to sleep anew`)
  if (kind !== 'task') return
  const source = cacheStatus === CatalogCacheStatus.CACHE_HIT ? sourceRow(world, cacheSource ?? '') : row
  const result = outputs === null ? outputsUri : new TextDecoder().decode(outputs)
  const isOwn =
    source?.state.phase === ActionPhase.SUCCEEDED && result === `result ${source.name}#${source.state.attempt}`
  check('one attempt', isOwn, () => `${name} ended in attempt ${state.attempt} with ${result}, from ${cacheSource}`)
}

/** Neither crashes nor restarts keep an action from its deadline, or a condition from its own, or wake a sleeper early. */
function checkTimes({ plan }: World, { name, createdAt, state, isExternal }: ActionRecord): void {
  const { spec, kind } = plan.get(name) ?? {}
  const { deadlineMs } = spec === undefined || isExternal ? { deadlineMs: null } : toTaskPolicy(spec)
  const tookMs = (state.endedAt ?? 0) - createdAt
  check('bounded', deadlineMs === null || tookMs <= deadlineMs, () => `${name} took ${tookMs} ms, not ${deadlineMs}`)
  if (kind !== 'sleep' || state.phase !== ActionPhase.SUCCEEDED) return
  const [startedAt = 0, endedAt = 0] = state.timeline
    .split(',')
    .slice(-2)
    .map((step) => Number(step.split(':')[1]))
  check('nothing lost', endedAt - startedAt >= sleepMs, () => `${name} slept for ${endedAt - startedAt} ms only`)
}

/** The action that a cached result is of: it ended with it, in the attempt that the source names. */
function sourceRow(world: World, source: string): ActionRecord | undefined {
  const [, , run = '', action = '', attempt] = source.split('/')
  const row = rowOf(world, world.store.runNamed(run)?.id ?? 0, action)
  return row?.state.attempt === Number(attempt) ? row : undefined
}

function checkRecovered(
  world: World,
  { name, outputs, outputsUri }: ActionRecord,
  rerun: ReadonlyArray<string> | undefined,
): void {
  const earlier = rowOf(world, world.store.runNamed('r1')!.id, name)
  const isResult = earlier !== undefined && isSuccessPhase(earlier.state.phase as ActionPhase)
  const hasBytes = Buffer.compare(earlier?.outputs ?? new Uint8Array(), outputs ?? new Uint8Array()) === 0
  const isSame = hasBytes && earlier?.outputsUri === outputsUri
  const isAllowed = rerun !== undefined && !rerun.includes(name)
  check('one end', isResult && isSame && isAllowed, () => `${name} is said to be recovered, and is not`)
}
