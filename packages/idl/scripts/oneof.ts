import { isFieldSet } from '@bufbuild/protobuf'
import { type FieldDescriptorProto, FieldDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'

/** Index of the oneof that a field is a member of. The property itself reads as 0 where it is unset. */
export function oneofIndexOf(field: FieldDescriptorProto): number | undefined {
  return isFieldSet(field, FieldDescriptorProtoSchema.field.oneofIndex) ? field.oneofIndex : undefined
}
