export * from './gen/flyteidl2/connector/connector_pb.ts'
export * from './gen/flyteidl2/connector/service_pb.ts'
