export * from './gen/flyteidl2/logs/dataplane/payload_pb.ts'
