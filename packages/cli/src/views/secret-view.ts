import { type Secret, SecretType } from '@tern/idl/secret'
import { levelOf, type ScopeLevelName, scopeWords } from '../flags/scope.ts'
import { renderDetails } from '../output/details.ts'
import type { TextStyle } from '../output/print-result.ts'
import { renderTable } from '../output/table.ts'
import { ago } from './action-text.ts'
import { isoTime, textOrNull } from './wire-values.ts'

/** A secret as `-o json` shows it: everything but its value. */
export interface SecretView {
  readonly name: string
  readonly type: 'regular' | 'image_pull'
  readonly level: ScopeLevelName
  /** Null where it is for every project. */
  readonly project: string | null
  /** Null where it is for every domain. */
  readonly domain: string | null
  readonly createdAt: string | null
}

export function toSecretView({ id, secretMetadata }: Secret): SecretView {
  const project = textOrNull(id?.project)
  const domain = textOrNull(id?.domain)
  return {
    name: id?.name ?? '',
    type: secretMetadata?.type === SecretType.IMAGE_PULL_SECRET ? 'image_pull' : 'regular',
    level: levelOf({ project: project ?? undefined, domain: domain ?? undefined }),
    project,
    domain,
    createdAt: isoTime(secretMetadata?.createdTime),
  }
}

export function secretsText(secrets: readonly SecretView[], style: TextStyle): string {
  if (secrets.length === 0) return 'No secrets. Make one with `tern create secret`.\n'
  return renderTable<SecretView>(
    secrets,
    [
      { title: 'SECRET', value: ({ name }) => name },
      { title: 'TYPE', value: ({ type }) => type },
      { title: 'FOR', value: forWords, shrinks: true },
      { title: 'CREATED', value: ({ createdAt }) => ago(createdAt, style) },
    ],
    style,
  )
}

export function secretText(secret: SecretView, style: TextStyle): string {
  const { createdAt } = secret
  return renderDetails(
    [
      ['Secret', secret.name],
      ['Type', secret.type],
      ['For', forWords(secret)],
      ['Created', createdAt === null ? undefined : `${createdAt} (${ago(createdAt, style)})`],
      ['Value', 'never shown'],
    ],
    style.colors,
  )
}

function forWords({ project, domain }: Pick<SecretView, 'project' | 'domain'>): string {
  return scopeWords({ project: project ?? undefined, domain: domain ?? undefined })
}
