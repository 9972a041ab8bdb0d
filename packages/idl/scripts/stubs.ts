import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  type FileDescriptorProto,
} from '@bufbuild/protobuf/wkt'
import { oneofIndexOf } from './oneof.ts'

/** Names that an addition declares itself, so that a stub of the same name would be a second definition. */
export type Declared = ReadonlySet<string>

/**
 * Protobuf source that declares the types of a file by name only, so that additions can refer to them and be compiled
 * without the protocol's own sources, which are not published to npm. Only what is not `declared` already is written.
 */
export function stubTypes(file: FileDescriptorProto, declared: Declared = new Set()): string {
  const isNew = (type: { name: string }) => !declared.has(type.name)
  return lines(...file.messageType.filter(isNew).map(stubMessage), ...file.enumType.filter(isNew).map(stubEnum))
}

/** A whole file of stubs. */
export function stubFile(file: FileDescriptorProto): string {
  return lines(`syntax = "proto3";`, `package ${file.package};`, stubTypes(file))
}

/**
 * The source of a proto2 file with its fields and extensions, but without its options. Validation rules are written as
 * options, and an option can be compiled only when the message that holds its value is known in full.
 */
export function fullFile(file: FileDescriptorProto): string {
  return lines(
    `syntax = "proto2";`,
    `package ${file.package};`,
    ...file.dependency.map((path) => `import "${path}";`),
    ...file.messageType.map(fullMessage),
    ...file.enumType.map(fullEnum),
    ...file.extension.map((extension) => lines(`extend ${extension.extendee} {`, fullField(extension), '}')),
  )
}

function stubMessage(message: DescriptorProto): string {
  const nested = message.nestedType.filter((type) => type.options?.mapEntry !== true)
  return lines(`message ${message.name} {`, ...nested.map(stubMessage), ...message.enumType.map(stubEnum), '}')
}

function stubEnum(type: EnumDescriptorProto): string {
  return `enum ${type.name} { STUB_OF_${type.name} = 0; }`
}

function fullMessage(message: DescriptorProto): string {
  const plain = message.field.filter((field) => oneofIndexOf(field) === undefined)
  const oneofs = message.oneofDecl.map((oneof, index) => {
    const members = message.field.filter((field) => oneofIndexOf(field) === index)
    return lines(`oneof ${oneof.name} {`, ...members.map(fieldBody), '}')
  })
  const ranges = message.extensionRange.map(
    ({ start, end }) => `extensions ${start} to ${end > 0x1fffffff ? 'max' : end - 1};`,
  )
  return lines(
    `message ${message.name} {`,
    ...message.nestedType.map(fullMessage),
    ...message.enumType.map(fullEnum),
    ...plain.map(fullField),
    ...oneofs,
    ...ranges,
    '}',
  )
}

function fullEnum(type: EnumDescriptorProto): string {
  return lines(`enum ${type.name} {`, ...type.value.map(({ name, number }) => `${name} = ${number};`), '}')
}

function fullField(field: FieldDescriptorProto): string {
  return `${Label[field.label].toLowerCase()} ${fieldBody(field)}`
}

function fieldBody(field: FieldDescriptorProto): string {
  const type = field.typeName === '' ? Type[field.type].toLowerCase() : field.typeName
  return `${type} ${field.name} = ${field.number};`
}

function lines(...parts: string[]): string {
  return parts.join('\n')
}
