import { NotFoundError } from '@tern/core'
import type { Secret } from '@tern/idl/secret'
import type { Scope, TernClient } from '@tern/sdk/client'
import { orSuggest } from '../flags/not-found.ts'
import { scopesAround, scopeWords } from '../flags/scope.ts'
import { CommandError } from '../usage-error.ts'

/** The secrets that tasks of a scope can use: its own, and those of broader scopes. */
export async function* usableSecrets(client: TernClient, scope: Scope): AsyncGenerator<Secret, void, undefined> {
  for await (const secret of client.secrets.list()) if (isUsable(secret, scope)) yield secret
}

/** The secret that tasks of a scope get by a name: that of the narrowest scope. */
export async function findSecret(client: TernClient, name: string, scope: Scope): Promise<Secret> {
  for (const around of scopesAround(scope).slice(0, -1)) {
    const found = await client.secrets.get(name, around).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined
      throw error
    })
    if (found !== undefined) return found
  }
  return orSuggestSecret(client.secrets.get(name, {}), name, scope, client)
}

/** The secret of exactly a scope. Where there is none, the error says where there is one, or which may have been meant. */
export async function findSecretOf(client: TernClient, name: string, scope: Scope): Promise<Secret> {
  const answer = client.secrets.get(name, scope).catch(async (error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error
    throw (await foundElsewhere(client, name, scope, error)) ?? error
  })
  return orSuggestSecret(answer, name, scope, client)
}

async function foundElsewhere(client: TernClient, name: string, scope: Scope, cause: Error) {
  for await (const { id } of client.secrets.list()) {
    if (id?.name !== name) continue
    const place = { project: id.project || undefined, domain: id.domain || undefined }
    return new CommandError(`there is no secret ${JSON.stringify(name)} for ${scopeWords(scope)}`, {
      hint: `There is one for ${scopeWords(place)}: add ${flagsOf(place)}.`,
      cause,
    })
  }
  return undefined
}

function orSuggestSecret<T>(answer: Promise<T>, name: string, scope: Scope, client: TernClient): Promise<T> {
  return orSuggest(answer, name, async function* () {
    for await (const { id } of usableSecrets(client, scope)) yield id?.name ?? ''
  })
}

function isUsable({ id }: Secret, { project, domain }: Scope): boolean {
  const { project: itsProject = '', domain: itsDomain = '' } = id ?? {}
  return (itsDomain === '' || itsDomain === domain) && (itsProject === '' || itsProject === project)
}

function flagsOf({ project, domain }: Scope): string {
  if (project !== undefined) return `--project ${project} --domain ${domain}`
  return domain === undefined ? '--global' : `--domain ${domain}`
}
