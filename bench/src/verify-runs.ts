import { fromTimestamp, phaseName } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import type { Action } from '@tern/idl/workflow'
import { type Clients, createClients } from './clients.ts'
import type { EndedRun } from './shapes.ts'
import type { LeafCheck } from './verify-leaf.ts'

const place = { project: 'flytesnacks', domain: 'development' } as const
const pageSize = 200

export interface Verified {
  readonly actions: number
  /** Whether there was a time at which all leaves had started and none had ended. */
  readonly wereAllLive: boolean
}

/**
 * Asks the server, as any client can, for what runs have left: all their actions are listed, have succeeded and are typed,
 * and one leaf of each run, chosen by chance, has the inputs and outputs that it should.
 *
 * Throws when it is not so: what was measured did not do what it is measured for.
 */
export async function verifyRuns(url: string, runs: ReadonlyArray<EndedRun>, check: LeafCheck): Promise<Verified> {
  const clients = createClients(url)
  let actions = 0
  let lastStart = Number.NEGATIVE_INFINITY
  let firstEnd = Number.POSITIVE_INFINITY
  for (const { name, leaves } of runs) {
    const names: string[] = []
    for await (const action of listActions(clients, name)) {
      actions++
      expectSucceeded(name, action)
      if (action.id?.name === 'a0') continue
      names.push(action.id?.name ?? '')
      lastStart = Math.max(lastStart, timeOf(action.status?.startTime))
      firstEnd = Math.min(firstEnd, timeOf(action.status?.endTime))
    }
    const listed = new Set(names).size
    if (listed !== leaves) throw new Error(`run ${name} lists ${listed} leaves, which should be ${leaves}`)
    await checkOne(clients, name, names[Math.floor(Math.random() * names.length)]!, check)
  }
  return { actions, wereAllLive: lastStart <= firstEnd }
}

async function* listActions({ runs }: Clients, name: string): AsyncGenerator<Action> {
  for (let token = ''; ; ) {
    const page = await runs.listActions({ runId: { ...place, name }, request: { limit: pageSize, token } })
    yield* page.actions
    token = page.token
    if (token === '') return
  }
}

function expectSucceeded(run: string, { id, metadata, status }: Action): void {
  const phase = status?.phase ?? ActionPhase.UNSPECIFIED
  if (phase !== ActionPhase.SUCCEEDED) throw new Error(`action ${id?.name} of run ${run} is ${phaseName(phase)}`)
  if (metadata?.spec.case !== 'task' || (metadata.spec.value.id?.name ?? '') === '') {
    throw new Error(`action ${id?.name} of run ${run} does not say which task it is of`)
  }
}

async function checkOne({ runs }: Clients, run: string, leaf: string, check: LeafCheck): Promise<void> {
  const actionId = { run: { ...place, name: run }, name: leaf }
  const [{ details }, data] = await Promise.all([runs.getActionDetails({ actionId }), runs.getActionData({ actionId })])
  if (details === undefined) throw new Error(`action ${leaf} of run ${run} has no details`)
  const problem = check({ details, data })
  if (problem !== undefined) throw new Error(`action ${leaf} of run ${run} is wrong: ${problem}`)
}

function timeOf(timestamp: Parameters<typeof fromTimestamp>[0] | undefined): number {
  return timestamp === undefined ? Number.NaN : new Date(fromTimestamp(timestamp)).getTime()
}
