// Version 2 of the service, whose requests replace those of version 1; what it shares with version 1 keeps its place there.
export * from './gen/flyteidl2/cacheservice/v2/cacheservice_pb.ts'
export * as v1 from './gen/flyteidl2/cacheservice/cacheservice_pb.ts'
