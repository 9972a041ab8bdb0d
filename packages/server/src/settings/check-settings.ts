import { compareQuantities, InvalidArgumentError, toQuantity } from '@tern/core'
import { type Settings, SettingState } from '@tern/idl/settings'
import { type Leaf, leafAt, leafPlaces } from './setting-leaves.ts'

const maxTextLength = 1024
const maxQuantityLength = 64
const maxEntries = 200
const maxKeyLength = 317
const maxEntryLength = 16 * 1024
// Of a run's limit, which is 32 bits wide and signed on its way to a run.
const largestInt = 2n ** 31n - 1n

const kubernetesName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/
const queueName = /^[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/
const variableName = /^[A-Za-z_]\w*$/
const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/
const labelValue = /^([A-Za-z0-9]([-\w.]*[A-Za-z0-9])?)?$/

/**
 * Checks what is to be set at one level.
 *
 * @param checkDirectory checks where runs are to be placed; its error becomes this one's
 * @throws InvalidArgumentError naming the setting, and what it has to be
 */
export function checkSettings(settings: Settings, checkDirectory: (directory: string, field: string) => void): void {
  for (const place of leafPlaces) {
    const leaf = leafAt(settings, place)
    if (leaf !== undefined) checkLeaf(place.name, leaf, checkDirectory)
  }
  checkRange(settings)
}

function checkLeaf(name: string, leaf: Leaf, checkDirectory: (directory: string, field: string) => void): void {
  const field = fieldOf(name)
  if (leaf.state !== SettingState.VALUE) {
    if (!isState(leaf.state)) throw refuse(field, `state ${leaf.state} is not one of INHERIT, UNSET and VALUE`)
    if (hasValue(leaf)) {
      throw refuse(
        field,
        'has a value, but its state is not SETTING_STATE_VALUE',
        'Set the state, or leave out the value.',
      )
    }
    return
  }
  if (leaf.stringValue !== undefined) checkText(name, leaf.stringValue, checkDirectory)
  else if (leaf.quantityValue !== undefined) checkQuantity(name, leaf.quantityValue)
  else if (leaf.intValue !== undefined) checkInt(field, leaf.intValue)
  else if (leaf.boolValue === undefined) checkMap(name, leaf.mapValue?.entries)
}

function isState(state: number): boolean {
  return state === SettingState.INHERIT || state === SettingState.UNSET
}

function hasValue(leaf: Leaf): boolean {
  const { stringValue, quantityValue, intValue, boolValue, listValue, mapValue } = leaf
  return Boolean(stringValue || quantityValue || intValue || boolValue || listValue || mapValue)
}

function checkText(name: string, value: string, checkDirectory: (directory: string, field: string) => void): void {
  const field = fieldOf(name)
  if (value === '') throw refuse(field, 'is empty', 'To have no value whatever is inherited, set its state to UNSET.')
  if (value.length > maxTextLength) throw refuse(field, `is longer than ${maxTextLength} characters`)
  switch (name) {
    case 'run.run_base_dir':
      return checkDirectory(value, field)
    case 'storage.raw_data_path':
      if (/^(\/|[a-z][a-z0-9+.-]*:\/\/[^/])/.test(value) && !value.split('/').includes('..')) return
      throw refuse(
        field,
        `${JSON.stringify(value)} is neither an absolute path nor an address such as s3://bucket/folder`,
      )
    case 'run.default_queue':
      if (queueName.test(value) && value.length <= 63) return
      throw refuse(field, `${JSON.stringify(value)} must be at most 63 letters, digits, "-", "_" and "."`)
    default:
      if (kubernetesName.test(value) && value.length <= 253) return
      throw refuse(field, `${JSON.stringify(value)} must be at most 253 lower-case letters, digits, "-" and "."`)
  }
}

function checkQuantity(name: string, value: string): void {
  const field = fieldOf(name)
  if (value.length > maxQuantityLength) throw refuse(field, `is longer than ${maxQuantityLength} characters`)
  toQuantity(value, field)
  if (!name.endsWith('.gpu') || /^\d+$/.test(value)) return
  throw refuse(field, `${JSON.stringify(value)} must be a whole number`)
}

function checkInt(field: string, value: bigint): void {
  if (value >= 0n && value <= largestInt) return
  throw refuse(field, `${value} must be from 0, for no limit, to ${largestInt}`)
}

function checkMap(name: string, entries: Readonly<Record<string, string>> | undefined): void {
  const field = fieldOf(name)
  if (entries === undefined) throw refuse(field, 'value is required', 'Give a map, which may be empty.')
  const keys = Object.keys(entries)
  if (keys.length > maxEntries) throw refuse(field, `has ${keys.length} entries, at most ${maxEntries} are allowed`)
  for (const key of keys) checkEntry(name, key, entries[key] ?? '')
}

function checkEntry(name: string, key: string, value: string): void {
  const field = `${fieldOf(name)}[${JSON.stringify(key.slice(0, 80))}]`
  if (key.length > maxKeyLength) throw refuse(field, `key is longer than ${maxKeyLength} characters`)
  if (value.length > maxEntryLength) throw refuse(field, `is longer than ${maxEntryLength} characters`)
  if (name === 'environment_variables') {
    if (!variableName.test(key))
      throw refuse(field, 'is no name of a variable: letters, digits and "_", no digit first')
    if (value.includes('\0')) throw refuse(field, 'a variable cannot hold a zero byte')
    return
  }
  if (!labelKey.test(key)) throw refuse(field, 'key must be a name, or a prefix and a name: team, example.com/team')
  if (name === 'labels' && (!labelValue.test(value) || value.length > 63)) {
    throw refuse(
      field,
      `value ${JSON.stringify(value.slice(0, 80))} must be at most 63 letters, digits, "-", "_" and "."`,
    )
  }
}

/** What is asked for at least may not be more than what is allowed at most. */
function checkRange({ taskResource }: Settings): void {
  for (const resource of ['cpu', 'gpu', 'memory', 'storage'] as const) {
    const least = taskResource?.min?.[resource]
    const most = taskResource?.max?.[resource]
    if (least?.state !== SettingState.VALUE || most?.state !== SettingState.VALUE) continue
    if (compareQuantities(least.quantityValue, most.quantityValue) <= 0) continue
    throw refuse(
      fieldOf(`task_resource.min.${resource}`),
      `${least.quantityValue} is more than task_resource.max.${resource}, ${most.quantityValue}`,
    )
  }
}

function fieldOf(name: string): string {
  return `settings.${name}`
}

function refuse(field: string, problem: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field}: ${problem}`, { field, hint })
}
