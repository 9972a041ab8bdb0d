export * from './tern/workflow/v1/graph_pb.ts'
export * from './tern/workflow/v1/graph_service_pb.ts'
