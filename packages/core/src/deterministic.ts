import type { DescField, DescMessage, JsonValue, MessageShape } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { isWrapperDesc } from '@bufbuild/protobuf/wkt'
import { compareText } from './compare-text.ts'

/**
 * Serialises a message so that equal messages give equal bytes: fields by number, entries of maps by key. Agrees byte for
 * byte with the deterministic serialisation of Python's protobuf (its native implementation). Unknown fields come last,
 * as they were received.
 */
export function toBinaryDeterministic<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter()
  messageWriter(schema)(writer, message as Fields)
  return writer.finish()
}

type Fields = Record<string, unknown>
type Write = (writer: BinaryWriter, value: unknown) => void
type WriteMessage = (writer: BinaryWriter, message: Fields) => void

const implicitPresence = 2
const writers = new WeakMap<DescMessage, WriteMessage>()

function messageWriter(desc: DescMessage): WriteMessage {
  const known = writers.get(desc)
  if (known !== undefined) return known
  const fields: WriteMessage[] = []
  const write: WriteMessage = (writer, message) => {
    for (let i = 0; i < fields.length; i++) (fields[i] as WriteMessage)(writer, message)
    if (message.$unknown !== undefined) writeUnknown(writer, message)
  }
  // Known before its fields are looked at, since messages contain themselves.
  writers.set(desc, write)
  for (const field of [...desc.fields].sort((a, b) => a.number - b.number)) fields.push(fieldWriter(field))
  return write
}

function writeUnknown(writer: BinaryWriter, message: Fields): void {
  for (const { no, wireType, data } of message.$unknown as { no: number; wireType: WireType; data: Uint8Array }[]) {
    writer.tag(no, wireType).raw(data)
  }
}

function fieldWriter(field: DescField): WriteMessage {
  if (field.fieldKind === 'list') return listWriter(field)
  if (field.fieldKind === 'map') return mapWriter(field)
  const name = field.localName
  const write = valueWriter(field)
  if (field.oneof !== undefined) {
    const oneof = field.oneof.localName
    return (writer, message) => {
      const chosen = message[oneof] as { case?: string; value?: unknown }
      if (chosen.case === name) write(writer, chosen.value)
    }
  }
  if (field.fieldKind === 'message' || field.presence !== implicitPresence) {
    return (writer, message) => {
      if (message[name] !== undefined && Object.hasOwn(message, name)) write(writer, message[name])
    }
  }
  return (writer, message) => {
    if (!isZero(message[name])) write(writer, message[name])
  }
}

function isZero(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      return Object.is(value, 0)
    case 'object':
      return value instanceof Uint8Array && value.length === 0
    default:
      return !value
  }
}

function listWriter(field: DescField & { fieldKind: 'list' }): WriteMessage {
  const name = field.localName
  if (field.listKind === 'message') {
    const write = embeddedWriter(field.number, field.message, isJson(field, field.message))
    return (writer, message) => {
      for (const item of message[name] as unknown[]) write(writer, item)
    }
  }
  const type = field.listKind === 'enum' ? ScalarType.INT32 : field.scalar
  const write = scalarWriter(type)
  if (!field.packed) {
    return (writer, message) => {
      for (const item of message[name] as unknown[]) write(writer.tag(field.number, wireTypeOf(type)), item)
    }
  }
  return (writer, message) => {
    const items = message[name] as unknown[]
    if (items.length === 0) return
    writer.tag(field.number, WireType.LengthDelimited).fork()
    for (const item of items) write(writer, item)
    writer.join()
  }
}

function mapWriter(field: DescField & { fieldKind: 'map' }): WriteMessage {
  const name = field.localName
  const writeKey = scalarWriter(field.mapKey)
  const keyWireType = wireTypeOf(field.mapKey)
  const writeValue = mapValueWriter(field)
  const readKey = keyReader(field.mapKey)
  const compare = field.mapKey === ScalarType.STRING ? compareKeys : compareNumericKeys
  return (writer, message) => {
    const map = message[name] as Fields
    const keys = Object.keys(map)
    if (keys.length > 1) keys.sort(compare)
    for (const key of keys) {
      writer.tag(field.number, WireType.LengthDelimited).fork()
      writeKey(writer.tag(1, keyWireType), readKey(key))
      writeValue(writer, map[key])
      writer.join()
    }
  }
}

function mapValueWriter(field: DescField & { fieldKind: 'map' }): Write {
  if (field.mapKind === 'message') return embeddedWriter(2, field.message, isJson(field, field.message))
  return taggedScalarWriter(2, field.mapKind === 'enum' ? ScalarType.INT32 : field.scalar)
}

function keyReader(type: ScalarType): (key: string) => unknown {
  if (type === ScalarType.STRING) return (key) => key
  if (type === ScalarType.BOOL) return (key) => key === 'true'
  return isLong(type) ? (key) => BigInt(key) : (key) => Number(key)
}

// The two orders are those of Python's native protobuf, which other SDKs hash with: of texts where one begins with the
// other, the longer is first; numbers are compared as unsigned ones, and the largest is first.
function compareKeys(a: string, b: string): number {
  return a.startsWith(b) || b.startsWith(a) ? b.length - a.length : compareText(a, b)
}

function compareNumericKeys(a: string, b: string): number {
  const [x, y] = [toUnsigned(a), toUnsigned(b)]
  return x > y ? -1 : 1
}

function toUnsigned(key: string): bigint {
  return key === 'true' || key === 'false' ? BigInt(key === 'true') : BigInt.asUintN(64, BigInt(key))
}

function valueWriter(field: DescField & { fieldKind: 'message' | 'scalar' | 'enum' }): Write {
  if (field.fieldKind === 'scalar') return taggedScalarWriter(field.number, field.scalar)
  if (field.fieldKind === 'enum') return taggedScalarWriter(field.number, ScalarType.INT32)
  const write = embeddedWriter(field.number, field.message, isJson(field, field.message))
  if (field.oneof === undefined && isWrapperDesc(field.message)) {
    return (writer, value) => write(writer, { value })
  }
  return write
}

// Fields of type google.protobuf.Struct are held as plain JSON objects.
function isJson(field: DescField, message: DescMessage): boolean {
  return message.typeName === 'google.protobuf.Struct' && field.parent.typeName !== 'google.protobuf.Value'
}

function embeddedWriter(no: number, desc: DescMessage, asJson: boolean): Write {
  const write = asJson ? writeStruct : messageWriter(desc)
  return (writer, value) => {
    writer.tag(no, WireType.LengthDelimited).fork()
    write(writer, value as Fields)
    writer.join()
  }
}

function writeStruct(writer: BinaryWriter, json: Fields): void {
  for (const key of Object.keys(json).sort(compareKeys)) {
    if (json[key] === undefined) continue
    writer.tag(1, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.LengthDelimited).string(key)
    writer.tag(2, WireType.LengthDelimited).fork()
    writeJson(writer, json[key] as JsonValue)
    writer.join().join()
  }
}

// The fields of google.protobuf.Value.
function writeJson(writer: BinaryWriter, json: JsonValue): void {
  if (json === null) writer.tag(1, WireType.Varint).int32(0)
  else if (typeof json === 'number') writer.tag(2, WireType.Bit64).double(json)
  else if (typeof json === 'string') writer.tag(3, WireType.LengthDelimited).string(json)
  else if (typeof json === 'boolean') writer.tag(4, WireType.Varint).bool(json)
  else if (Array.isArray(json)) {
    writer.tag(6, WireType.LengthDelimited).fork()
    for (const item of json) {
      writer.tag(1, WireType.LengthDelimited).fork()
      writeJson(writer, item)
      writer.join()
    }
    writer.join()
  } else {
    writer.tag(5, WireType.LengthDelimited).fork()
    writeStruct(writer, json)
    writer.join()
  }
}

function taggedScalarWriter(no: number, type: ScalarType): Write {
  const wireType = wireTypeOf(type)
  const write = scalarWriter(type)
  return (writer, value) => write(writer.tag(no, wireType), value)
}

function isLong(type: ScalarType): boolean {
  return (
    type === ScalarType.INT64 ||
    type === ScalarType.UINT64 ||
    type === ScalarType.SINT64 ||
    type === ScalarType.FIXED64 ||
    type === ScalarType.SFIXED64
  )
}

function wireTypeOf(type: ScalarType): WireType {
  switch (type) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32
    default:
      return WireType.Varint
  }
}

function scalarWriter(type: ScalarType): Write {
  switch (type) {
    case ScalarType.STRING:
      return (writer, value) => void writer.string(value as string)
    case ScalarType.BYTES:
      return (writer, value) => void writer.bytes(value as Uint8Array)
    case ScalarType.BOOL:
      return (writer, value) => void writer.bool(value as boolean)
    case ScalarType.DOUBLE:
      return (writer, value) => void writer.double(value as number)
    case ScalarType.FLOAT:
      return (writer, value) => void writer.float(value as number)
    case ScalarType.INT32:
      return (writer, value) => void writer.int32(value as number)
    case ScalarType.INT64:
      return (writer, value) => void writer.int64(value as bigint)
    case ScalarType.UINT32:
      return (writer, value) => void writer.uint32(value as number)
    case ScalarType.UINT64:
      return (writer, value) => void writer.uint64(value as bigint)
    case ScalarType.SINT32:
      return (writer, value) => void writer.sint32(value as number)
    case ScalarType.SINT64:
      return (writer, value) => void writer.sint64(value as bigint)
    case ScalarType.FIXED32:
      return (writer, value) => void writer.fixed32(value as number)
    case ScalarType.FIXED64:
      return (writer, value) => void writer.fixed64(value as bigint)
    case ScalarType.SFIXED32:
      return (writer, value) => void writer.sfixed32(value as number)
    case ScalarType.SFIXED64:
      return (writer, value) => void writer.sfixed64(value as bigint)
  }
}
