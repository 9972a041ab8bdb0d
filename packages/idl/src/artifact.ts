export * from './gen/flyteidl2/artifact/artifact_pb.ts'
export * from './gen/flyteidl2/artifact/artifact_service_pb.ts'
