import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { NonRecoverableError } from '@tern/core'
import type { EffectiveOptions } from '../authoring/task-options.ts'
import { localFilesRoot } from '../io/place.ts'
import { realEnv } from './scoped-env.ts'

type Secret = EffectiveOptions['secrets'][number]

class SecretNotFoundError extends NonRecoverableError {
  override readonly name = 'SecretNotFound'
  override readonly code = 'SecretNotFound'
}

/** Secrets of a local run: variables of this process or, where there is none, of a dotenv file. */
export class LocalSecrets {
  readonly #file: string
  readonly #folder: string
  #fromFile: NodeJS.Dict<string> | undefined

  constructor(run: string, file = '.env') {
    this.#file = resolve(file)
    this.#folder = localFilesRoot(run, 'secrets')
  }

  /**
   * The variables that hand secrets to a task.
   *
   * @throws SecretNotFoundError naming the variable that is missing
   */
  variablesFor(task: string, secrets: readonly Secret[]): Record<string, string> {
    return Object.fromEntries(secrets.flatMap((secret) => this.#variables(task, secret)))
  }

  /** Removes the files that secrets were handed over in. */
  forget(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #variables(task: string, secret: Secret): [string, string][] {
    const { key, envVar, mount } = secret
    const usual = usualName(secret)
    if (mount === undefined || mount === false) {
      const value = this.#valueOf(task, secret)
      const legacy = `_UNION_${key.replaceAll('-', '_').toUpperCase()}`
      return (envVar === undefined ? [usual, legacy] : [envVar]).map((name) => [name, value])
    }
    const variable = envVar ?? `${usual}_FILE`
    return [[variable, this.#find([variable]) ?? this.#write(usual, this.#valueOf(task, secret))]]
  }

  #valueOf(task: string, secret: Secret): string {
    const { key, envVar, mount } = secret
    const usual = usualName(secret)
    // Of a file, that variable has the path.
    const value = this.#find(mount ? [usual, key] : [envVar, usual, key])
    if (value !== undefined) return value
    throw new SecretNotFoundError(
      `the secret ${JSON.stringify(key)}, which task ${task} declares, is neither a variable ${usual} of this process nor in ${this.#file}`,
      { hint: `Set the variable, or write ${usual}=… into that file.` },
    )
  }

  /** @returns the path */
  #write(name: string, value: string): string {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    const path = join(this.#folder, name.toLowerCase())
    writeFileSync(path, value, { mode: 0o600 })
    return path
  }

  #find(names: readonly (string | undefined)[]): string | undefined {
    const known = names.filter((name) => name !== undefined)
    const env = realEnv()
    const variable = known.find((name) => env[name] !== undefined)
    if (variable !== undefined) return env[variable]
    this.#fromFile ??= readDotenv(this.#file)
    const written = known.find((name) => this.#fromFile?.[name] !== undefined)
    return written === undefined ? undefined : this.#fromFile[written]
  }
}

function usualName({ group, key }: Secret): string {
  return (group === undefined || group === '' ? key : `${group}_${key}`).replaceAll('-', '_').toUpperCase()
}

function readDotenv(file: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}
