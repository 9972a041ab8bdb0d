export * from './gen/flyteidl2/auth/auth_service_pb.ts'
export * from './gen/flyteidl2/auth/identity_pb.ts'
