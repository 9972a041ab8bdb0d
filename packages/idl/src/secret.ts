export * from './gen/flyteidl2/secret/definition_pb.ts'
export * from './gen/flyteidl2/secret/payload_pb.ts'
export * from './gen/flyteidl2/secret/secret_pb.ts'
