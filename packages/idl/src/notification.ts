export * from './gen/flyteidl2/notification/definition_pb.ts'
export * from './tern/notification/v1/notifications_pb.ts'
