export * from "./gen/flyteidl2/app/app_definition_pb.ts";
export * from "./gen/flyteidl2/app/app_logs_payload_pb.ts";
export * from "./gen/flyteidl2/app/app_logs_service_pb.ts";
export * from "./gen/flyteidl2/app/app_payload_pb.ts";
export * from "./gen/flyteidl2/app/app_service_pb.ts";
export * from "./gen/flyteidl2/app/replica_definition_pb.ts";
