import { clone, create, type DescField, type DescMessage, getOption, hasOption, type Message } from '@bufbuild/protobuf'
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect'
import { desc, type Settings, SettingsSchema, SettingState, StringMapSchema } from '@tern/idl/settings'
import { settingDescriptions } from './setting-descriptions.ts'

/** What a setting holds. */
export type SettingKind = 'text' | 'quantity' | 'integer' | 'boolean' | 'map'

/** What somebody has set; null where they want no value whatever is inherited. */
export type SettingValue = string | number | boolean | Readonly<Record<string, string>> | null

/** One setting of the protocol. */
export interface SettingField {
  /** As people write it: `task_resource.min.cpu`. */
  readonly name: string
  readonly kind: SettingKind
  readonly description: string
  readonly path: readonly DescField[]
}

const kinds: Readonly<Record<string, SettingKind>> = {
  StringSetting: 'text',
  QuantitySetting: 'quantity',
  Int64Setting: 'integer',
  BoolSetting: 'boolean',
  StringMapSetting: 'map',
}

/** Every setting that the protocol has. */
export const settingFields: readonly SettingField[] = fieldsOf(SettingsSchema, [])

/** What one level says about a setting; undefined when it says nothing, and the setting is inherited. */
export function readSetting(settings: Settings, { path, kind }: SettingField): SettingValue | undefined {
  let node: ReflectMessage = reflect(SettingsSchema, settings)
  for (const field of path) {
    if (!node.isSet(field)) return undefined
    node = node.get(field) as ReflectMessage
  }
  const leaf = node.message as Leaf
  if (leaf.state === SettingState.INHERIT) return undefined
  if (leaf.state === SettingState.UNSET) return null
  return kind === 'map' ? { ...leaf.mapValue?.entries } : valueOf(leaf, kind)
}

/**
 * The settings of a level as they are to be: those without a value are inherited. What this program does not know stays.
 *
 * @param present what is set now; stays as it is
 */
export function writeSettings(values: ReadonlyMap<string, SettingValue>, present: Settings | undefined): Settings {
  const settings = present === undefined ? create(SettingsSchema) : clone(SettingsSchema, present)
  for (const field of settingFields) {
    const value = values.get(field.name)
    if (value === undefined) clearSetting(settings, field)
    else Object.assign(leafAt(settings, field), value === null ? unset : leafOf(value, field.kind))
  }
  return settings
}

function clearSetting(settings: Settings, { path }: SettingField): void {
  let node: ReflectMessage = reflect(SettingsSchema, settings)
  for (const [index, field] of path.entries()) {
    if (!node.isSet(field)) return
    if (index === path.length - 1) node.clear(field)
    else node = node.get(field) as ReflectMessage
  }
}

function leafAt(settings: Settings, { path }: SettingField): Message {
  let node: ReflectMessage = reflect(SettingsSchema, settings)
  for (const field of path) {
    if (field.fieldKind !== 'message') break
    if (!node.isSet(field)) node.set(field, reflect(field.message))
    node = node.get(field) as ReflectMessage
  }
  return node.message
}

const unset = {
  state: SettingState.UNSET,
  stringValue: '',
  quantityValue: '',
  intValue: 0n,
  boolValue: false,
  mapValue: undefined,
}

type Leaf = Message & {
  state: SettingState
  stringValue?: string
  quantityValue?: string
  intValue?: bigint
  boolValue?: boolean
  mapValue?: { readonly entries: Readonly<Record<string, string>> }
}

function fieldsOf(message: DescMessage, path: readonly DescField[]): SettingField[] {
  return message.fields.flatMap((field) => {
    if (field.fieldKind !== 'message') return []
    const steps = [...path, field]
    const kind = kinds[field.message.name]
    if (kind === undefined) return field.message.name.endsWith('Setting') ? [] : fieldsOf(field.message, steps)
    const name = steps.map((step) => step.name).join('.')
    const own = hasOption(field, desc) ? getOption(field, desc) : ''
    return [{ name, kind, description: settingDescriptions[name] ?? own, path: steps }]
  })
}

function valueOf(leaf: Leaf, kind: SettingKind): SettingValue {
  if (kind === 'integer') return Number(leaf.intValue ?? 0n)
  if (kind === 'boolean') return leaf.boolValue ?? false
  return (kind === 'text' ? leaf.stringValue : leaf.quantityValue) ?? ''
}

function leafOf(value: Exclude<SettingValue, null>, kind: SettingKind): Omit<Leaf, keyof Message> {
  const state = SettingState.VALUE
  switch (kind) {
    case 'text':
      return { state, stringValue: value as string }
    case 'quantity':
      return { state, quantityValue: value as string }
    case 'integer':
      return { state, intValue: BigInt(value as number) }
    case 'boolean':
      return { state, boolValue: value as boolean }
    case 'map': {
      const entries = value as Readonly<Record<string, string>>
      return { state, mapValue: create(StringMapSchema, { entries: { ...entries } }) }
    }
  }
}
