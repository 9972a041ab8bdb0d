import type { DescField, DescMessage } from '@bufbuild/protobuf'
import type { Interceptor } from '@connectrpc/connect'
import { eachRequestMessage } from './request-messages.ts'

/** Puts the server's organisation wherever a request leaves one out, so that nothing behind it sees an empty one. */
export function fillOrg(org: string): Interceptor {
  return eachRequestMessage((schema, message) => fillerOf(schema)?.(message as Fields, org))
}

type Fields = Record<string, unknown>
type Fill = (message: Fields, org: string) => void

const orgFields = new Set(['org', 'organization'])
const fillers = new WeakMap<DescMessage, Fill>()
const holders = new WeakMap<DescMessage, boolean>()

/** What fills a type of message; undefined if there is nothing to fill in it, however deep. */
function fillerOf(schema: DescMessage): Fill | undefined {
  if (!holdsOrg(schema)) return undefined
  const known = fillers.get(schema)
  if (known !== undefined) return known
  const steps: Fill[] = []
  const fill: Fill = (message, org) => {
    for (const step of steps) step(message, org)
  }
  // Known before its fields are looked at, since messages contain themselves.
  fillers.set(schema, fill)
  for (const field of schema.fields) {
    const step = isOrg(field) ? fillOwn(field) : descend(field)
    if (step !== undefined) steps.push(step)
  }
  return fill
}

function isOrg(field: DescField): boolean {
  if (field.fieldKind !== 'scalar') return false
  return orgFields.has(field.name) || field.parent.typeName === 'flyteidl2.common.OrgIdentifier'
}

function fillOwn(field: DescField): Fill {
  const name = field.localName
  if (field.oneof === undefined) {
    return (message, org) => {
      if (message[name] === '') message[name] = org
    }
  }
  const oneof = field.oneof.localName
  return (message, org) => {
    const chosen = message[oneof] as { case?: string; value?: unknown }
    if (chosen.case === name && chosen.value === '') chosen.value = org
  }
}

function descend(field: DescField): Fill | undefined {
  const type = messageTypeOf(field)
  const fill = type && fillerOf(type)
  if (fill === undefined) return undefined
  const name = field.localName
  if (field.fieldKind === 'list') {
    return (message, org) => {
      for (const item of message[name] as Fields[]) fill(item, org)
    }
  }
  if (field.fieldKind === 'map') {
    return (message, org) => {
      for (const item of Object.values(message[name] as Record<string, Fields>)) fill(item, org)
    }
  }
  const oneof = field.oneof?.localName
  return (message, org) => {
    const chosen = oneof === undefined ? undefined : (message[oneof] as { case?: string; value?: Fields })
    const value = chosen === undefined ? (message[name] as Fields | undefined) : caseOf(chosen, name)
    if (value !== undefined) fill(value, org)
  }
}

function caseOf(chosen: { case?: string; value?: Fields }, name: string): Fields | undefined {
  return chosen.case === name ? chosen.value : undefined
}

function messageTypeOf(field: DescField): DescMessage | undefined {
  switch (field.fieldKind) {
    case 'message':
      return field.message
    case 'list':
      return field.listKind === 'message' ? field.message : undefined
    case 'map':
      return field.mapKind === 'message' ? field.message : undefined
    default:
      return undefined
  }
}

/** Whether a message of this type can hold an organisation: what cannot is never walked through. */
function holdsOrg(schema: DescMessage): boolean {
  const known = holders.get(schema)
  if (known !== undefined) return known
  const seen = new Set([schema])
  let found = false
  for (const type of seen) {
    found ||= type.fields.some(isOrg)
    for (const field of type.fields) {
      const inner = messageTypeOf(field)
      if (inner !== undefined && isOurs(inner)) seen.add(inner)
    }
  }
  holders.set(schema, found)
  return found
}

function isOurs(schema: DescMessage): boolean {
  return /^(flyteidl2|tern)\./.test(schema.typeName)
}
