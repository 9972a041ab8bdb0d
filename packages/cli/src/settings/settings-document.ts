import {
  type EffectiveSetting,
  isMap,
  type SettingField,
  settingFields,
  type SettingKind,
  type SettingValue,
} from '@tern/core/settings'
import type { Scope } from '@tern/sdk/client'
import { parseDocument, stringify } from 'yaml'
import { type ScopeLevelName, scopeWords } from '../flags/scope.ts'
import { suggest } from '../flags/suggest.ts'
import { UsageError } from '../usage-error.ts'

/** What a level says, by the names of settings; those that it says nothing about are left out. */
export type SettingValues = ReadonlyMap<string, SettingValue>

const kindWords: Readonly<Record<SettingKind, string>> = {
  text: 'a text',
  quantity: 'an amount',
  integer: 'a whole number',
  boolean: 'true or false',
  map: 'names with texts',
}

/**
 * The settings of a scope for an editor: what is set there stands as it is, everything else behind a `#`, with what it
 * inherits.
 */
export function toDocument(
  scope: Scope,
  version: bigint,
  values: SettingValues,
  inherited: readonly EffectiveSetting[],
): string {
  const head = [
    `# Settings for ${scopeWords(scope)} (version ${version}).`,
    '#',
    '# What is written here holds for them; what is not, is inherited. null means: no value, whatever is inherited.',
    '# To set something, remove the # before it. Save and close the file to apply it; leave it as it is to give up.',
  ]
  const parts = settingFields.map((field) => {
    const value = values.get(field.name)
    const broader = inherited.find(({ name }) => name === field.name)
    const text = value === undefined ? commentedOut(field, broader, scope) : entry(field.name, value)
    return `# ${field.description} (${kindWords[field.kind]})\n${text}`
  })
  return `${[head.join('\n'), ...parts].join('\n\n')}\n`
}

/** What holds for a scope as YAML, with where it comes from. */
export function toEffectiveDocument(scope: Scope, settings: readonly EffectiveSetting[]): string {
  const head = `# Settings for ${scopeWords(scope)}\n`
  if (settings.length === 0) return `${head}# Nothing is set: tern edit settings does.\n`
  return `${head}${settings.map((setting) => `${withOrigin(setting, scope)}\n`).join('')}`
}

/**
 * Reads settings as YAML, with dots in their names or with one part below the other.
 *
 * @throws UsageError naming the setting that is unknown or wrong
 */
export function parseSettings(text: string): Map<string, SettingValue> {
  const document = parseDocument(text)
  const [problem] = document.errors
  if (problem !== undefined) {
    throw new UsageError(`this is no valid YAML: ${(problem.message.split('\n')[0] ?? '').replace(/:$/, '')}`)
  }
  const values = new Map<string, SettingValue>()
  const root = document.toJS() as unknown
  if (root === null || root === undefined) return values
  if (typeof root !== 'object' || Array.isArray(root)) throw new UsageError('settings are names with values')
  collect(root, '', values)
  return values
}

/** One setting on lines of its own. */
export function entry(name: string, value: SettingValue): string {
  return stringify({ [name]: value }, { lineWidth: 0 }).trimEnd()
}

/** Where something comes from, in words. */
function originWords(level: ScopeLevelName, scope: Scope): string {
  if (level === 'ORG') return 'all projects'
  return level === 'DOMAIN' ? `domain ${scope.domain}` : `project ${scope.project}, domain ${scope.domain}`
}

function commentedOut({ name, kind }: SettingField, inherited: EffectiveSetting | undefined, scope: Scope): string {
  const text = inherited === undefined ? `${name}:` : withOrigin(inherited, scope)
  const example = inherited === undefined && kind === 'map' ? `${text}\n  name: text` : text
  return example.replace(/^/gm, '# ')
}

function withOrigin({ name, value, from, entriesFrom }: EffectiveSetting, scope: Scope): string {
  if (!isMap(value)) return `${entry(name, value)}${comment(from, scope, value)}`
  const keys = Object.keys(value)
  if (keys.length === 0) return `${name}: {}${comment(from, scope, value)}`
  const lines = keys.map(
    (key) => `  ${entry(key, value[key] ?? '')}${comment(entriesFrom?.[key] ?? from, scope, value)}`,
  )
  return [`${name}:`, ...lines].join('\n')
}

// Behind text of several lines, a comment would be part of the text.
function comment(level: ScopeLevelName, scope: Scope, value: SettingValue): string {
  const texts = isMap(value) ? Object.values(value) : [value]
  const isLong = texts.some((text) => typeof text === 'string' && text.includes('\n'))
  return isLong ? '' : ` # from ${originWords(level, scope)}`
}

function collect(node: object, prefix: string, values: Map<string, SettingValue>): void {
  for (const [key, value] of Object.entries(node) as [string, unknown][]) {
    const name = prefix === '' ? key : `${prefix}.${key}`
    const field = settingFields.find((each) => each.name === name)
    if (field !== undefined) {
      if (values.has(name)) throw new UsageError(`${name} is there twice`)
      values.set(name, parseValue(field, value))
    } else if (!settingFields.some((each) => each.name.startsWith(`${name}.`))) throw unknownSetting(name)
    else if (typeof value === 'object' && value !== null && !Array.isArray(value)) collect(value, name, values)
    else if (value !== null) throw new UsageError(`${name} is no setting, but several`, { hint: namesBelow(name) })
  }
}

function parseValue({ name, kind }: SettingField, value: unknown): SettingValue {
  if (value === null) return null
  switch (kind) {
    case 'integer':
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value
      break
    case 'boolean':
      if (typeof value === 'boolean') return value
      break
    case 'map':
      if (typeof value === 'object' && !Array.isArray(value)) return parseMap(name, value)
      break
    default:
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  }
  throw new UsageError(`${name}: ${JSON.stringify(value)} must be ${kindWords[kind]}`)
}

function parseMap(name: string, entries: object): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (Object.entries(entries) as [string, unknown][]).map(([key, value]) => {
      if (['string', 'number', 'boolean'].includes(typeof value)) return [key, String(value as string)]
      throw new UsageError(`${name}: ${key} is ${value === null ? 'empty' : 'no text'}`, {
        hint: `Write ${key}: "" for an empty text.`,
      })
    }),
  )
}

function unknownSetting(name: string): UsageError {
  const similar = suggest(
    name,
    settingFields.map((field) => field.name),
  )
  return new UsageError(`there is no setting ${name}`, {
    hint: similar === undefined ? namesBelow('') : `Did you mean ${similar}?`,
  })
}

function namesBelow(prefix: string): string {
  const names = settingFields.map(({ name }) => name).filter((name) => prefix === '' || name.startsWith(`${prefix}.`))
  return `The settings are: ${names.join(', ')}.`
}
