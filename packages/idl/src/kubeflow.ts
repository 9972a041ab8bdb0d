export * from './gen/flyteidl2/plugins/kubeflow/common_pb.ts'
export * from './gen/flyteidl2/plugins/kubeflow/mpi_pb.ts'
export * from './gen/flyteidl2/plugins/kubeflow/pytorch_pb.ts'
export * from './gen/flyteidl2/plugins/kubeflow/tensorflow_pb.ts'
