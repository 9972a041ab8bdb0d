import type { TaskFailure } from '@tern/core'
import { type FailureCode, failureOf } from '../engine/failure-kinds.ts'
import type { RunKey } from '../engine/model.ts'
import type { TaskSecret } from '../engine/task-policy.ts'

/** Where executors find the values of secrets. */
export interface SecretSource {
  /** Those of the names that there are, as the project in the domain sees them. */
  values(
    scope: { readonly domain: string; readonly project: string },
    names: ReadonlyArray<string>,
  ): Promise<ReadonlyMap<string, Uint8Array>>
}

/** The secrets of an attempt, ready to be handed over. */
export interface PreparedSecrets {
  readonly env: Readonly<Record<string, string>>
  readonly files: ReadonlyArray<SecretFile>
}

export interface SecretFile {
  readonly name: string
  readonly value: Uint8Array
  /** The variables that are to hold its path. */
  readonly envVars: ReadonlyArray<string>
}

export type SecretsOutcome =
  | ({ readonly outcome: 'ready' } & PreparedSecrets)
  | { readonly outcome: 'failed'; readonly failure: TaskFailure }

const none: SecretsOutcome = { outcome: 'ready', env: {}, files: [] }
const variableName = /^[A-Za-z_]\w*$/
const fileName = /^[-\w]+$/

/** Gets the secrets that a task declares. What keeps it from starting is a failure that says what to do about it. */
export async function prepareSecrets(
  source: SecretSource,
  run: RunKey,
  wanted: ReadonlyArray<TaskSecret>,
): Promise<SecretsOutcome> {
  if (wanted.length === 0) return none
  let values: ReadonlyMap<string, Uint8Array>
  try {
    values = await source.values(run, [...new Set(wanted.map(({ key }) => key))].sort())
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return failed('SecretsUnavailable', `the task's secrets cannot be read: ${reason}`)
  }
  const missing = wanted.filter(({ key }) => !values.has(key)).map(({ key }) => key)
  if (missing.length > 0) return failed('SecretNotFound', describeMissing(missing, run))
  return deliver(wanted, values)
}

function deliver(wanted: ReadonlyArray<TaskSecret>, values: ReadonlyMap<string, Uint8Array>): SecretsOutcome {
  const env: Record<string, string> = {}
  const files = new Map<string, SecretFile & { readonly key: string }>()
  for (const secret of wanted) {
    const { key, envVar, isFile } = secret
    const value = values.get(key)!
    if (envVar !== '' && !variableName.test(envVar)) return badVariable(key, envVar)
    if (isFile) {
      // As the protocol has it; on case-insensitive file systems there could be no other way.
      const name = key.toLowerCase()
      const other = files.get(name)
      if (!fileName.test(name)) return failed('InvalidSecret', `the secret ${quoted(key)} cannot be the name of a file`)
      if (other !== undefined && other.key !== key) return sameFile(key, other.key, name)
      const envVars = [...(other?.envVars ?? []), ...(envVar === '' ? [] : [envVar])]
      files.set(name, { key, name, value, envVars })
    } else {
      const text = textOf(value)
      if (text === undefined) return notText(key)
      for (const name of envVar === '' ? usualNames(secret) : [envVar]) {
        if (!variableName.test(name)) return badVariable(key, name)
        env[name] = text
      }
    }
  }
  return { outcome: 'ready', env, files: [...files.values()] }
}

/** What SDKs name the variable of a secret, and what Flyte's own backend does. */
function usualNames({ group, key }: TaskSecret): ReadonlyArray<string> {
  const name = (group === '' ? key : `${group}_${key}`).replaceAll('-', '_').toUpperCase()
  return [name, `_UNION_${key.replaceAll('-', '_').toUpperCase()}`]
}

function textOf(value: Uint8Array): string | undefined {
  if (value.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value)
  } catch {
    return undefined
  }
}

function describeMissing(names: ReadonlyArray<string>, { project, domain }: RunKey): string {
  const first = names[0] ?? ''
  const list = [...new Set(names)].map(quoted).join(', ')
  const what =
    names.length === 1
      ? `the secret ${list}, which the task declares, is`
      : `the secrets ${list}, which the task declares, are`
  return (
    `${what} neither in project ${project} of domain ${domain}, nor in domain ${domain}, nor among those for all. ` +
    `Create it with: tern create secret ${first} --project ${project} --domain ${domain}`
  )
}

function badVariable(key: string, name: string): SecretsOutcome {
  return failed(
    'InvalidSecret',
    `the secret ${quoted(key)} cannot be handed over in the variable ${quoted(name)}: a name has letters, digits and "_", and no digit first`,
  )
}

function sameFile(key: string, other: string, name: string): SecretsOutcome {
  return failed('InvalidSecret', `the secrets ${quoted(key)} and ${quoted(other)} would both be the file ${name}`)
}

function notText(key: string): SecretsOutcome {
  return failed(
    'InvalidSecret',
    `the secret ${quoted(key)} is not text, which is all that a variable can hold; declare it as a file`,
  )
}

function quoted(name: string): string {
  return JSON.stringify(name)
}

function failed(code: FailureCode, message: string): SecretsOutcome {
  return { outcome: 'failed', failure: failureOf(code, message) }
}
