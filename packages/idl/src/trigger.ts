export * from './gen/flyteidl2/trigger/trigger_definition_pb.ts'
export * from './gen/flyteidl2/trigger/trigger_service_pb.ts'
export * from './tern/trigger/v1/firings_pb.ts'
