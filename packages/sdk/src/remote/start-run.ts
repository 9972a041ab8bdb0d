import { create, fromBinary } from '@bufbuild/protobuf'
import { FailedPreconditionError, InvalidArgumentError } from '@tern/core'
import { type Inputs, InputsSchema, type RunSpec, RunSpecSchema } from '@tern/idl/task'
import { configuredOptions } from '../authoring/configure.ts'
import type { RunHandle, RunOptions } from '../authoring/run-handle.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { toTaskSpec } from '../authoring/task-spec.ts'
import { writeValues } from '../types/literal-wire.ts'
import { checkGivenInputs } from '../types/validation.ts'
import { RemoteRun } from './remote-run.ts'
import { createClient, type TernClient } from './tern-client.ts'

/** Bundles the file that declares a task, and starts a run of it on the configured server. What `run()` does. */
export async function startRemoteRun<R>(
  definition: TaskDefinition,
  given: Readonly<Record<string, unknown>>,
  options: RunOptions,
): Promise<RunHandle<R>> {
  const { project, domain } = options
  const client = createClient({
    ...configuredOptions(),
    ...(project === undefined ? {} : { project }),
    ...(domain === undefined ? {} : { domain }),
  })
  const values = await checkGivenInputs(definition.interface, given)
  const { bytes } = writeValues(definition.interface.inputs, values)
  return startRun<R>(client, definition, fromBinary(InputsSchema, bytes), options)
}

async function startRun<R>(
  client: TernClient,
  definition: TaskDefinition,
  inputs: Inputs,
  options: RunOptions,
): Promise<RunHandle<R>> {
  const { declaredIn } = definition.environment
  if (declaredIn === undefined) {
    throw new FailedPreconditionError(`cannot tell which file declares task ${definition.name}`, {
      hint: 'Declare its environment in a module of your project, or run it with `tern run FILE TASK`.',
    })
  }
  const { bundleFile } = await import('../bundle.ts')
  const bundle = await bundleFile(declaredIn)
  const bundleUri = await client.uploadBundle(bundle)
  const { org, project, domain } = client.configuration
  const spec = toTaskSpec(definition, { org, project, domain, version: bundle.version, bundleUri })
  const run = await client.createRun({ task: { spec }, inputs, name: options.name, runSpec: toRunSpec(options) })
  return new RemoteRun<R>(client, run.action?.id?.run?.name ?? '', definition.interface)
}

/**
 * The options of a run as the wire has them.
 *
 * @throws InvalidArgumentError naming the option that is wrong
 */
export function toRunSpec(options: RunOptions): RunSpec {
  const {
    envVars,
    labels,
    annotations,
    interruptible,
    queue = '',
    maxActionConcurrency = 0,
    overwriteCache = false,
  } = options
  if (!Number.isInteger(maxActionConcurrency) || maxActionConcurrency < 0 || maxActionConcurrency === 1) {
    throw new InvalidArgumentError(`maxActionConcurrency ${maxActionConcurrency} must be 0 (no limit), or 2 or more`, {
      field: 'maxActionConcurrency',
      hint: 'With 1, a task that waits for another would wait forever.',
    })
  }
  return create(RunSpecSchema, {
    ...(envVars === undefined
      ? {}
      : { envs: { values: Object.entries(envVars).map(([key, value]) => ({ key, value })) } }),
    ...(labels === undefined ? {} : { labels: { values: { ...labels } } }),
    ...(annotations === undefined ? {} : { annotations: { values: { ...annotations } } }),
    ...(interruptible === undefined ? {} : { interruptible }),
    queue,
    maxActionConcurrency,
    overwriteCache,
    cacheConfig: { overwriteCache },
  })
}
