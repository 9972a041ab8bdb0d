export * from './gen/flyteidl2/settings/settings_definition_pb.ts'
export * from './gen/flyteidl2/settings/settings_service_pb.ts'
