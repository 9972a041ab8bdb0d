export * from './tern/worker/v1/worker_pb.ts'
