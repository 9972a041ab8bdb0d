import { isMap, type SettingKind, type SettingValue } from '@tern/core/settings'

/** What somebody has filled in for a setting. */
export interface Filled {
  readonly choice: 'inherit' | 'value' | 'none'
  readonly text: string
  readonly entries: ReadonlyArray<Entry>
}

export interface Entry {
  readonly key: string
  readonly value: string
}

/** The form as it is opened. @param own undefined for a setting that is inherited */
export function fill(kind: SettingKind, own: SettingValue | undefined): Filled {
  const choice = own === undefined ? 'inherit' : own === null ? 'none' : 'value'
  const entries = isMap(own) ? Object.entries(own).map(([key, value]) => ({ key, value })) : []
  const text = own === undefined || own === null || isMap(own) ? '' : String(own)
  return { choice, text: kind === 'boolean' && text === '' ? 'true' : text, entries }
}

/** What a form says, or what is wrong with it; undefined for nothing, so that the setting is inherited. */
export function parse(
  kind: SettingKind,
  { choice, text, entries }: Filled,
): { readonly value: SettingValue | undefined } | { readonly problem: string } {
  if (choice === 'inherit') return { value: undefined }
  if (choice === 'none') return { value: null }
  switch (kind) {
    case 'map':
      return parseEntries(entries)
    case 'boolean':
      return { value: text === 'true' }
    case 'integer':
      return /^\d+$/.test(text.trim()) && Number.isSafeInteger(Number(text))
        ? { value: Number(text) }
        : { problem: 'It has to be a whole number from 0 on.' }
    default:
      return text.trim() === ''
        ? { problem: 'It is empty. To have no value whatever is inherited, choose so.' }
        : { value: text.trim() }
  }
}

function parseEntries(entries: ReadonlyArray<Entry>): ReturnType<typeof parse> {
  const filled = entries.filter(({ key, value }) => key.trim() !== '' || value !== '')
  const keys = filled.map(({ key }) => key.trim())
  if (keys.includes('')) return { problem: 'A value has no name.' }
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) return { problem: `${twice} is there twice.` }
  return { value: Object.fromEntries(filled.map(({ key, value }) => [key.trim(), value])) }
}
