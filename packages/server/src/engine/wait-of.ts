import type { Demand } from '@tern/core/engine'
import { ActionPhase } from '@tern/idl/common'
import type { ActionEntry } from './entries.ts'
import type { Limits } from './limits.ts'
import type { LiveActions } from './live-actions.ts'
import type { ActionKey } from './model.ts'

/** Why an action does not run code. */
export type WaitCause =
  | 'queue'
  | 'run'
  | 'launch-plan'
  | 'capacity'
  | 'cache'
  | 'signal'
  | 'backoff'
  | 'worker'
  | 'external'
  | 'start'

/** What an action waits for. */
export interface Wait {
  readonly reason: WaitCause
  /** The queue, the run, the launch plan, the resource or the environment; empty for the other reasons. */
  readonly subject: string
  /** What it asks for of a resource; empty for none. */
  readonly amount: string
  /** When it goes on by itself; null if something else has to happen. */
  readonly until: number | null
  /** The action whose result it waits for; null for none, and for one of another server. */
  readonly waitsFor: ActionKey | null
}

const plain = { subject: '', amount: '', until: null, waitsFor: null } as const

/** What an action that has not ended waits for; undefined while it runs code, or only waits for its children. */
export function waitOf(
  entry: ActionEntry,
  actions: Pick<LiveActions, 'limits' | 'producerOf' | 'gate'>,
  now: number,
): Wait | undefined {
  const { phase, notBefore } = entry.state
  if (phase === ActionPhase.PAUSED) return { ...plain, reason: 'signal' }
  if (phase !== ActionPhase.QUEUED && phase !== ActionPhase.WAITING_FOR_RESOURCES) return undefined
  if (entry.isExternal) return { ...plain, reason: 'external' }
  if (actions.gate.holds(entry)) return planWait(entry)
  const demand = entry.claim?.waitsFor
  if (demand != null) return placeWait(entry, demand, actions.limits)
  if (phase === ActionPhase.WAITING_FOR_RESOURCES) {
    const producer = actions.producerOf(entry)
    const waitsFor = producer === undefined ? null : keyOf(producer)
    return { ...plain, reason: 'cache', waitsFor }
  }
  if (notBefore !== null && notBefore > now && !entry.hasBackedOff)
    return { ...plain, reason: 'backoff', until: notBefore }
  if (entry.hasLiveChildren) return undefined
  if (entry.handle !== 0) return { ...plain, reason: 'worker', subject: entry.spec.record.environmentName }
  return { ...plain, reason: 'start' }
}

function planWait({ run }: ActionEntry): Wait {
  const { project, domain } = run.key
  return { ...plain, reason: 'launch-plan', subject: `${project}/${domain}/${run.record.launchPlan?.name ?? ''}` }
}

function placeWait({ run, queue }: ActionEntry, { limit, amount }: Demand, limits: Limits): Wait {
  if (limit === run.limit) {
    const { project, domain, run: name } = run.key
    return { ...plain, reason: 'run', subject: `${project}/${domain}/${name}` }
  }
  if (limits.capacity.includes(limit))
    return { ...plain, reason: 'capacity', subject: limit.name, amount: limit.format(amount) }
  return { ...plain, reason: 'queue', subject: queue ?? '' }
}

export function keyOf({ run, name }: ActionEntry): ActionKey {
  return { ...run.key, action: name }
}
