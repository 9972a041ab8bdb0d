export * from './gen/flyteidl2/org/domain_definition_pb.ts'
export * from './gen/flyteidl2/org/domain_service_pb.ts'
