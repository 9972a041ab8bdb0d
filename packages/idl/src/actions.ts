export * from './gen/flyteidl2/actions/actions_service_pb.ts'
