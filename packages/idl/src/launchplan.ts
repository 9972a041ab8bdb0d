export * from './tern/launchplan/v1/launch_plan_pb.ts'
