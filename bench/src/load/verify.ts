import { setTimeout as delay } from 'node:timers/promises'
import { Code, ConnectError } from '@connectrpc/connect'
import { isTerminalPhase, phaseName } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import type { Clients } from '../clients.ts'
import { readLedger, workDoneAgain, workOf } from './ledger.ts'
import { place } from './specs.ts'
import { untilAnswered } from './until-answered.ts'

/** Waits until every run of a ledger has ended, and returns what is not as the ledger says. */
export async function problemsWith(
  ledger: string,
  clients: Clients,
  timeoutMs: number,
): Promise<ReadonlyArray<string>> {
  const giveUpAt = Date.now() + timeoutMs
  const problems: string[] = []
  for (const line of readLedger(ledger)) {
    const [what, kind, name = '', ...expected] = line.split(' ')
    if (what !== 'acknowledged') continue
    if (kind === 'run') problems.push(...(await problemsWithRun(clients, name, expected, giveUpAt)))
    else problems.push(...(await problemsWithAction(clients, name, kind === 'signal')))
  }
  const lines = readLedger(ledger)
  for (const line of lines) {
    const [what, kind, name = '', , leaves] = line.split(' ')
    if (what !== 'acknowledged' || kind !== 'run') continue
    const count = workOf(lines, name)
    if (count !== Number(leaves)) problems.push(`${count} pieces of work of ${name} were done, not ${leaves}`)
  }
  return [...problems, ...workDoneAgain(lines)]
}

async function problemsWithRun(
  clients: Clients,
  name: string,
  [phase, , output]: ReadonlyArray<string>,
  giveUpAt: number,
): Promise<ReadonlyArray<string>> {
  const ended = await phaseAtEnd(clients, name, giveUpAt)
  if (ended !== Number(phase))
    return [`run ${name} is ${phaseName(ended)}, not ${phaseName(Number(phase) as ActionPhase)}`]
  if (output === undefined || output === '') return []
  const returned = await outputOf(clients, name, 'a0')
  return returned === output ? [] : [`run ${name} returned ${returned}, not ${output}`]
}

/** An action that was added, and a condition that was given its value, which is true. */
async function problemsWithAction(
  clients: Clients,
  action: string,
  isSignalled: boolean,
): Promise<ReadonlyArray<string>> {
  const [run = '', name = ''] = action.split('/')
  const actionId = { run: { ...place, name: run }, name }
  const { details } = await unlessLost(() => clients.runs.getActionDetails({ actionId }))
  const phase = details?.status?.phase ?? ActionPhase.UNSPECIFIED
  if (!isSignalled) return phase === ActionPhase.UNSPECIFIED ? [`action ${action} is not there`] : []
  if (phase !== ActionPhase.SUCCEEDED) return [`condition ${action} was given a value, and is ${phaseName(phase)}`]
  const value = await outputOf(clients, run, name)
  return value === 'true' ? [] : [`condition ${action} was given true, and has ${value}`]
}

/** What the server has; no details when it has nothing of that name. */
function unlessLost<T extends { readonly details?: unknown }>(
  ask: () => Promise<T>,
): Promise<T | { details: undefined }> {
  return untilAnswered(ask).catch((error: unknown) => {
    if (ConnectError.from(error).code === Code.NotFound) return { details: undefined }
    throw error
  })
}

async function phaseAtEnd(clients: Clients, name: string, giveUpAt: number): Promise<ActionPhase> {
  for (;;) {
    const { details } = await unlessLost(() => clients.runs.getRunDetails({ runId: { ...place, name } }))
    const phase = details?.action?.status?.phase ?? ActionPhase.UNSPECIFIED
    if (details === undefined) return phase
    if (isTerminalPhase(phase) || Date.now() > giveUpAt) return phase
    await delay(50)
  }
}

/** The only output of an action, a number or a truth value, as a text. */
async function outputOf(clients: Clients, run: string, name: string): Promise<string | undefined> {
  const actionId = { run: { ...place, name: run }, name }
  const { outputs } = await untilAnswered(() => clients.runs.getActionData({ actionId }))
  const value = outputs?.literals[0]?.value?.value
  const scalar = value?.case === 'scalar' ? value.value.value : undefined
  const primitive = scalar?.case === 'primitive' ? scalar.value.value : undefined
  return primitive?.case === 'integer' || primitive?.case === 'boolean' ? String(primitive.value) : undefined
}
