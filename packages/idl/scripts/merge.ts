import { clone, create, mergeFromBinary, toBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type EnumValueDescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  MessageOptionsSchema,
  type OneofDescriptorProto,
  OneofDescriptorProtoSchema,
  OneofOptionsSchema,
  type ServiceDescriptorProto,
} from '@bufbuild/protobuf/wkt'
import { oneofIndexOf } from './oneof.ts'

/** Reads the names of the methods that an addition takes away from a service. */
export type RemovedMethods = (addition: ServiceDescriptorProto) => readonly string[]

/**
 * The base files with the additions merged into them by name, imports first. What is passed in is left as it is.
 *
 * A message, enum or service of an existing name is extended, any other is appended. A field, enum value or method takes
 * the place of the one with its number (a method: its name). A number that an addition reserves loses its field.
 */
export function mergeFiles(
  base: readonly FileDescriptorProto[],
  additions: readonly FileDescriptorProto[],
  removedMethods: RemovedMethods,
): FileDescriptorProto[] {
  const files = new Map(base.map((file) => [file.name, file]))
  for (const addition of additions) {
    const existing = files.get(addition.name)
    files.set(addition.name, existing ? mergeFile(existing, addition, removedMethods) : addition)
  }
  return importsFirst(files)
}

function mergeFile(
  base: FileDescriptorProto,
  addition: FileDescriptorProto,
  removedMethods: RemovedMethods,
): FileDescriptorProto {
  const file = clone(FileDescriptorProtoSchema, base)
  file.dependency = [...new Set([...file.dependency, ...addition.dependency])].sort()
  mergeByName(file.messageType, addition.messageType, mergeMessage)
  mergeByName(file.enumType, addition.enumType, mergeEnum)
  mergeByName(file.service, addition.service, (existing, added) => {
    mergeByName(existing.method, added.method, Object.assign)
    const removed = removedMethods(added)
    existing.method = existing.method.filter((method) => !removed.includes(method.name))
  })
  return file
}

function mergeMessage(message: DescriptorProto, addition: DescriptorProto): void {
  mergeByName(message.nestedType, addition.nestedType, mergeMessage)
  mergeByName(message.enumType, addition.enumType, mergeEnum)
  mergeFields(message, addition)
  message.reservedRange.push(...addition.reservedRange)
  message.reservedName.push(...addition.reservedName)
  if (addition.options) message.options = mergeOptions(MessageOptionsSchema, message.options, addition.options)
}

function mergeFields(message: DescriptorProto, addition: DescriptorProto): void {
  const oneofOf = new Map<FieldDescriptorProto, OneofDescriptorProto>()
  const oneofs = message.oneofDecl.filter((_, index) => !isSynthetic(message, index))
  for (const field of message.field) noteOneof(field, message.oneofDecl, oneofOf)
  for (const field of addition.field) noteOneof(field, addition.oneofDecl, oneofOf)
  mergeByName(
    oneofs,
    addition.oneofDecl.filter((_, index) => !isSynthetic(addition, index)),
    (existing, added) => {
      if (added.options) existing.options = mergeOptions(OneofOptionsSchema, existing.options, added.options)
    },
  )

  const isReserved = ({ number }: FieldDescriptorProto) =>
    addition.reservedRange.some(({ start, end }) => start <= number && number < end)
  const byNumber = new Map(message.field.map((field) => [field.number, field]))
  for (const field of addition.field) byNumber.set(field.number, field)
  const fields = [...byNumber.values()].filter((field) => !isReserved(field))

  message.field = membersTogether(fields, oneofOf)
  message.oneofDecl = oneofs
  for (const field of message.field) assignOneof(field, message, oneofOf.get(field))
}

/** An `optional` field of proto3 is a member of a oneof of its own, which the language does not show. */
function isSynthetic(message: DescriptorProto, oneofIndex: number): boolean {
  return message.field.some((field) => oneofIndexOf(field) === oneofIndex && field.proto3Optional)
}

function noteOneof(
  field: FieldDescriptorProto,
  oneofs: readonly OneofDescriptorProto[],
  oneofOf: Map<FieldDescriptorProto, OneofDescriptorProto>,
): void {
  const oneof = oneofs[oneofIndexOf(field) ?? -1]
  if (oneof) oneofOf.set(field, oneof)
}

// Descriptors are invalid unless the members of a oneof stand in a row, at the place of the first.
function membersTogether(
  fields: readonly FieldDescriptorProto[],
  oneofOf: ReadonlyMap<FieldDescriptorProto, OneofDescriptorProto>,
): FieldDescriptorProto[] {
  const groups = new Map<string, FieldDescriptorProto[]>()
  for (const field of fields) {
    const key = oneofOf.get(field)?.name ?? `.${field.name}`
    groups.set(key, [...(groups.get(key) ?? []), field])
  }
  return [...groups.values()].flat()
}

function assignOneof(
  field: FieldDescriptorProto,
  message: DescriptorProto,
  oneof: OneofDescriptorProto | undefined,
): void {
  if (oneof === undefined) return
  let index = message.oneofDecl.findIndex(({ name }) => name === oneof.name)
  // The synthetic ones are added here, which leaves them last, as descriptors must have them.
  if (field.proto3Optional) {
    index = message.oneofDecl.push(create(OneofDescriptorProtoSchema, { name: oneof.name })) - 1
  }
  field.oneofIndex = index
}

function mergeEnum(type: EnumDescriptorProto, addition: EnumDescriptorProto): void {
  const byNumber = new Map<number, EnumValueDescriptorProto>()
  // A stub stands for an enum of the base that additions only refer to: its one value is not an addition.
  const added = addition.value.filter((value) => value.name !== `STUB_OF_${addition.name}`)
  for (const value of [...type.value, ...added]) byNumber.set(value.number, value)
  type.value = [...byNumber.values()]
}

function mergeByName<T extends { name: string }>(
  existing: T[],
  additions: readonly T[],
  merge: (existing: T, addition: T) => void,
): void {
  for (const addition of additions) {
    const match = existing.find(({ name }) => name === addition.name)
    if (match) merge(match, addition)
    else existing.push(addition)
  }
}

function mergeOptions<Desc extends DescMessage>(
  schema: Desc,
  options: MessageShape<Desc> | undefined,
  added: MessageShape<Desc>,
): MessageShape<Desc> {
  return options ? mergeFromBinary(schema, clone(schema, options), toBinary(schema, added)) : added
}

function importsFirst(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const sorted = new Set<FileDescriptorProto>()
  function visit(name: string, importedBy: readonly string[]): void {
    if (importedBy.includes(name)) throw new Error(`import cycle: ${[...importedBy, name].join(' -> ')}`)
    const file = files.get(name)
    if (file === undefined) throw new Error(`${name} is imported by ${importedBy.at(-1)} but does not exist`)
    if (sorted.has(file)) return
    for (const dependency of file.dependency) visit(dependency, [...importedBy, name])
    sorted.add(file)
  }
  for (const name of files.keys()) visit(name, [])
  return [...sorted]
}
