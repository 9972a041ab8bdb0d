import { createClient } from '@connectrpc/connect'
import type { ActionPhase } from '@tern/idl/common'
import { RunService } from '@tern/idl/workflow'
import { useEffect, useRef, useState } from 'react'
import { transport } from '../../../api/transport.ts'
import { isUnimplemented } from '../../../api/unimplemented.ts'
import type { Scope } from '../../../app/scope.ts'
import { isTerminal } from '../../../model/phases.ts'
import type { RunRow } from '../../../model/run-rows.ts'
import { msOf } from '../../../model/times.ts'

/** A stretch of time that an attempt spent in a phase. */
export interface Stretch {
  readonly attempt: number
  readonly phase: ActionPhase
  readonly from: number
  /** Undefined while it goes on. */
  readonly to: number | undefined
  /** How the attempt ended; undefined as long as it has not. */
  readonly end: ActionPhase | undefined
}

export type ActionTimes = ReadonlyMap<string, ReadonlyArray<Stretch>>

const client = createClient(RunService, transport)
const settleMs = 120
const remembered = 3_000

/** Whether the server does not tell of attempts, which it says once. */
let lacksTimes = false

/** When the actions in sight waited and ran. Asked for again when one of them has changed. */
export function useActionTimes({ project, domain }: Scope, run: string, rows: ReadonlyArray<RunRow>): ActionTimes {
  const [times, setTimes] = useState<ActionTimes>(new Map())
  const asked = useRef(new Map<string, string>())
  const wanted = rows.filter(({ kind }) => kind !== 'group')
  const state = wanted.map((row) => `${row.id} ${stateOf(row)}`).join()
  const latest = useRef(wanted)
  latest.current = wanted
  useEffect(() => {
    const controller = new AbortController()
    const timer = setTimeout(async () => {
      const news = latest.current.filter((row) => asked.current.get(row.id) !== stateOf(row)).slice(0, 500)
      if (news.length === 0) return
      if (lacksTimes) return
      const runId = { org: '', project, domain, name: run }
      try {
        const { actions } = await client.listActionTimes(
          { runId, actionNames: news.map(({ id }) => id) },
          { signal: controller.signal },
        )
        for (const row of news) asked.current.set(row.id, stateOf(row))
        setTimes((before) => {
          const merged = new Map(before.size > remembered ? [] : before)
          if (merged.size === 0) asked.current = new Map(news.map((row) => [row.id, stateOf(row)]))
          for (const { actionName, attempts } of actions) merged.set(actionName, attempts.flatMap(toStretches))
          return merged
        })
      } catch (error) {
        lacksTimes ||= isUnimplemented(error)
        // The bars stay as long as actions are; what is lost of the server is said elsewhere.
      }
    }, settleMs)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [state, project, domain, run])
  return times
}

/** Changes whenever the times of an action may have. */
function stateOf({ phase, attempts, endMs }: RunRow): string {
  return `${phase}.${attempts}.${endMs ?? ''}`
}

type AttemptTimes = Awaited<ReturnType<typeof client.listActionTimes>>['actions'][number]['attempts'][number]

function toStretches({ attempt, phaseTransitions }: AttemptTimes): Stretch[] {
  const last = phaseTransitions.at(-1)?.phase
  const end = isTerminal(last) ? last : undefined
  return phaseTransitions
    .filter(({ phase }) => !isTerminal(phase))
    .map(({ phase, startTime, endTime }) => ({ attempt, phase, from: msOf(startTime) ?? 0, to: msOf(endTime), end }))
}
