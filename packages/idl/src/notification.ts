export * from './gen/flyteidl2/notification/definition_pb.ts'
