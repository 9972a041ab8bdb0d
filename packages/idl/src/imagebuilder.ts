export * from './gen/flyteidl2/imagebuilder/definition_pb.ts'
export * from './gen/flyteidl2/imagebuilder/payload_pb.ts'
export * from './gen/flyteidl2/imagebuilder/service_pb.ts'
