import type { DescField, DescMessage, Message } from '@bufbuild/protobuf'
import { type ScopeLevel, type SettingState, SettingsSchema } from '@tern/idl/settings'

/** One setting as the protocol has it, whatever the kind of its value. */
export interface Leaf extends Message {
  state: SettingState
  scopeLevel: ScopeLevel
  stringValue?: string
  quantityValue?: string
  intValue?: bigint
  boolValue?: boolean
  listValue?: { readonly values: ReadonlyArray<string> } | undefined
  mapValue?: { readonly entries: Readonly<Record<string, string>> } | undefined
}

/** Where a setting is in the message of all settings. */
export interface LeafPlace {
  /** As people write it: `task_resource.min.cpu`. */
  readonly name: string
  readonly schema: DescMessage
  /** The fields that lead to it. */
  readonly path: ReadonlyArray<DescField>
}

type Node = Record<string, unknown>

/** Every setting of the protocol. */
export const leafPlaces: ReadonlyArray<LeafPlace> = leavesOf(SettingsSchema, [])

function leavesOf(schema: DescMessage, path: ReadonlyArray<DescField>): ReadonlyArray<LeafPlace> {
  return schema.fields.flatMap((field) => {
    if (field.message === undefined) return []
    const longer = [...path, field]
    if (!('state' in field.message.field)) return leavesOf(field.message, longer)
    return [{ name: longer.map(({ name }) => name).join('.'), schema: field.message, path: longer }]
  })
}

/** The setting at that place; undefined when the message says nothing of it. */
export function leafAt(settings: Message, { path }: LeafPlace): Leaf | undefined {
  let node: Node | undefined = settings as unknown as Node
  for (const field of path) node = node?.[field.localName] as Node | undefined
  return node as unknown as Leaf | undefined
}

/** Puts a setting at its place, with the messages around it. */
export function putLeaf(
  settings: Message,
  { path }: LeafPlace,
  leaf: Leaf,
  make: (schema: DescMessage) => Message,
): void {
  let node = settings as unknown as Node
  for (const [index, field] of path.entries()) {
    if (index === path.length - 1) node[field.localName] = leaf
    else node = (node[field.localName] ??= make(field.message!)) as Node
  }
}
