import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { MethodImpl } from '@connectrpc/connect'
import { isTerminalPhase } from '@tern/core'
import type { PhaseTransition, RunService } from '@tern/idl/workflow'
import { parseTimeline } from '../../runs/timeline.ts'
import type { ApiDomain } from '../domain.ts'
import { fromRunIdentifier, runNotFound } from '../wire/identifiers.ts'

/** When the attempts of actions were in which phase. */
export function listActionTimes({ repositories }: ApiDomain): MethodImpl<typeof RunService.method.listActionTimes> {
  return async ({ runId, actionNames }) => {
    const key = fromRunIdentifier(runId)
    const run = await repositories.runs.find(key)
    if (run === undefined) throw runNotFound(key)
    const timelines = await repositories.actionNodes.timelinesOf(run.id, [...new Set(actionNames)])
    const byAction = Map.groupBy(timelines, ({ name }) => name)
    return {
      actions: [...byAction].map(([actionName, attempts]) => ({
        actionName,
        attempts: attempts.map(({ attempt, timeline }) => ({ attempt, phaseTransitions: toTransitions(timeline) })),
      })),
    }
  }
}

function toTransitions(timeline: string): PhaseTransition[] {
  return parseTimeline(timeline, isTerminalPhase).map(({ phase, from, to }) => ({
    $typeName: 'flyteidl2.workflow.PhaseTransition',
    phase,
    startTime: timestampFromMs(from),
    endTime: to === null ? undefined : timestampFromMs(to),
  }))
}
