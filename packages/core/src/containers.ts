// Processes of tasks that have nothing of Flyte's in them: on a server, and in local runs.
export { ContainerFiles, type ContainerPlace } from './containers/container-files.ts'
export { type ContainerLayout, containerLayoutOf } from './containers/container-layout.ts'
export { machineEnv } from './containers/machine-env.ts'
