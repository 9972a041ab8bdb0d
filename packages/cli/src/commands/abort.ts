import { isTerminalPhase, type PhaseName, phaseName } from '@tern/core'
import type { TernClient } from '@tern/sdk/client'

/** What `tern abort` says, also as `-o json`. */
export interface AbortView {
  readonly run: string
  readonly action: string
  /** False when it had ended before. */
  readonly aborted: boolean
  /** The phase it was in when it was aborted, or in which it had ended. */
  readonly phase: PhaseName
}

/** Aborts an action with its descendants, unless it has ended. */
export async function abort(
  client: TernClient,
  { run, action, reason }: { run: string; action: string; reason: string | undefined },
): Promise<AbortView> {
  const { status } = await client.getAction(run, action)
  const phase = status?.phase ?? 0
  const aborted = !isTerminalPhase(phase)
  if (aborted && action === 'a0') await client.abortRun(run, reason)
  else if (aborted) await client.abortAction(run, action, reason)
  return { run, action, aborted, phase: phaseName(phase) }
}

export function abortText({ run, action, aborted, phase }: AbortView): string {
  const what = action === 'a0' ? `run ${run}` : `action ${action} of run ${run}`
  return aborted ? `Aborted ${what}.\n` : `${what[0]?.toUpperCase()}${what.slice(1)} has ended before: ${phase}.\n`
}
