export * from './gen/flyteidl2/project/project_service_pb.ts'
