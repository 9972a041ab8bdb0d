export * from "./gen/flyteidl2/plugins/clustered_pb.ts";
export * from "./gen/flyteidl2/plugins/common_pb.ts";
export * from "./gen/flyteidl2/plugins/dask_pb.ts";
export * from "./gen/flyteidl2/plugins/mpi_pb.ts";
export * from "./gen/flyteidl2/plugins/presto_pb.ts";
export * from "./gen/flyteidl2/plugins/pytorch_pb.ts";
export * from "./gen/flyteidl2/plugins/qubole_pb.ts";
export * from "./gen/flyteidl2/plugins/ray_pb.ts";
export * from "./gen/flyteidl2/plugins/spark_pb.ts";
export * from "./gen/flyteidl2/plugins/tensorflow_pb.ts";
// Has tasks of the same names as the older ones above.
export * as kubeflow from "./kubeflow.ts";
