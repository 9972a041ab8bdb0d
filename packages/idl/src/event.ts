export * from './gen/flyteidl2/event/cloudevents_pb.ts'
export * from './gen/flyteidl2/event/event_pb.ts'
