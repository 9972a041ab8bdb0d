export * from './tern/status/v1/status_pb.ts'
