import { fromBinary } from '@bufbuild/protobuf'
import { FailedPreconditionError, overrideTaskSpec } from '@tern/core'
import { type Inputs, InputsSchema } from '@tern/idl/task'
import { calledDefinition } from '../authoring/called-definition.ts'
import { configuredOptions } from '../authoring/configure.ts'
import { overrideOf } from '../authoring/deployed-override.ts'
import { checkCustomContext } from '../authoring/check-custom-context.ts'
import { registeredEnvironments } from '../authoring/registry.ts'
import type { LaunchPlanPart } from '../authoring/launch-plan-part.ts'
import type { RunHandle, RunOptions } from '../authoring/run-handle.ts'
import { isImage } from '../images/image.ts'
import type { CodeBundle } from '../bundling/bundle-file.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { toTaskSpec } from '../authoring/task-spec.ts'
import { storeValues } from '../io/store-values.ts'
import { checkInlineSize } from '../types/inline-limit.ts'
import { withContext } from '../types/inputs-context.ts'
import { writeValues } from '../types/literal-wire.ts'
import { checkGivenInputs } from '../types/validation.ts'
import type { ConfigurationOptions } from './configuration.ts'
import { createClient } from './create-client.ts'
import { toLaunchOptions } from './launch-plans.ts'
import { toRunSpec } from './run-spec.ts'
import type { TernClient } from './tern-client.ts'
import { typedRun } from './typed-run.ts'

/** Bundles the file that declares a task, and starts a run of it on the configured server. What `run()` does. */
export async function startRemoteRun<R>(
  declared: TaskDefinition,
  given: Readonly<Record<string, unknown>>,
  options: RunOptions,
  client: TernClient = clientFor(options),
): Promise<RunHandle<R>> {
  if (declared.launchPlan !== undefined) return launchRun<R>(client, declared, declared.launchPlan, given, options)
  const definition = calledDefinition(declared, given)
  const { inputs } = definition.interface
  const values = await storeValues(inputs, await checkGivenInputs(definition.interface, given), () => client.place)
  const bytes = withContext(writeValues(inputs, values).bytes, checkCustomContext(options.customContext))
  checkInlineSize(`inputs of task ${definition.name}`, bytes, definition.options.maxInlineIoBytes)
  return startRun<R>(client, definition, fromBinary(InputsSchema, bytes), options)
}

/** Launches what is deployed under the name of a launch plan: what is left out has the defaults of that. */
async function launchRun<R>(
  client: TernClient,
  { name, interface: task, options: { maxInlineIoBytes } }: TaskDefinition,
  { reference }: LaunchPlanPart,
  given: Readonly<Record<string, unknown>>,
  options: RunOptions,
): Promise<RunHandle<R>> {
  const values = await checkGivenInputs(task, given)
  const inputs = task.inputs.filter((input) => given[input.name] !== undefined)
  const written = values.filter((_, index) => given[task.inputs[index]?.name ?? ''] !== undefined)
  const stored = await storeValues(inputs, written, () => client.place)
  const bytes = withContext(writeValues(inputs, stored).bytes, checkCustomContext(options.customContext))
  checkInlineSize(`inputs of launch plan ${name}`, bytes, maxInlineIoBytes)
  const launched = { inputs: fromBinary(InputsSchema, bytes), ...toLaunchOptions(options) }
  const run = await client.launchPlans.start(reference, launched)
  return typedRun<R>(client, run.action?.id?.run?.name ?? '', task)
}

// Until `configure` is called again, runs share a client, and with it its connections and what it has uploaded.
const clients = new WeakMap<ConfigurationOptions, Map<string, TernClient>>()

function clientFor({ project, domain }: RunOptions): TernClient {
  const configured = configuredOptions()
  const known = clients.get(configured) ?? new Map<string, TernClient>()
  clients.set(configured, known)
  const key = `${project ?? ''}/${domain ?? ''}`
  let client = known.get(key)
  if (client === undefined) {
    client = createClient({
      ...configured,
      project: project ?? configured.project,
      domain: domain ?? configured.domain,
    })
    known.set(key, client)
  }
  return client
}

async function startRun<R>(
  client: TernClient,
  definition: TaskDefinition,
  inputs: Inputs,
  options: RunOptions,
): Promise<RunHandle<R>> {
  if (definition.deployed !== undefined) return startDeployed(client, definition, inputs, options)
  const { declaredIn } = definition.environment
  if (declaredIn === undefined) {
    throw new FailedPreconditionError(`cannot tell which file declares task ${definition.name}`, {
      hint: 'Declare its environment in a module of your project, or run it with `tern run FILE TASK`.',
    })
  }
  const bundle = await bundleOf(declaredIn)
  const bundleUri = await client.uploadBundle(bundle)
  const { org, project, domain } = client.configuration
  const spec = toTaskSpec(definition, {
    org,
    project,
    domain,
    version: bundle.version,
    bundleUri,
    images: await imagesFor(bundle.root),
    codeHash: bundle.codeHash,
  })
  const run = await client.createRun({ task: { spec }, inputs, name: options.name, runSpec: toRunSpec(options) })
  return typedRun<R>(client, run.action?.id?.run?.name ?? '', definition.interface)
}

async function imagesFor(root: string): Promise<Readonly<Record<string, string>>> {
  const environments = registeredEnvironments().filter(({ options }) => isImage(options.image))
  if (environments.length === 0) return {}
  const { compileImages } = await import('../images/build-context.ts')
  return compileImages(environments, root)
}

async function startDeployed<R>(
  client: TernClient,
  definition: TaskDefinition,
  inputs: Inputs,
  options: RunOptions,
): Promise<RunHandle<R>> {
  const { name, deployed } = definition
  const { version, project, domain } = deployed ?? {}
  const { taskId, spec } = await client.getTask({ name, version: version || undefined, project, domain })
  const override = overrideOf(definition)
  const task =
    override === undefined || spec === undefined
      ? { reference: { name, project, domain, version: taskId?.version ?? '' } }
      : { spec: overrideTaskSpec(spec, override) }
  const run = await client.createRun({ task, inputs, name: options.name, runSpec: toRunSpec(options) })
  return typedRun<R>(client, run.action?.id?.run?.name ?? '', definition.interface)
}

// A file that this process has loaded does not change any more, as far as this process is concerned.
const bundles = new Map<string, Promise<CodeBundle>>()

function bundleOf(file: string): Promise<CodeBundle> {
  let bundle = bundles.get(file)
  if (bundle === undefined) {
    bundle = import('../bundle.ts').then(({ bundleFile }) => bundleFile(file))
    bundle.catch(() => bundles.delete(file))
    bundles.set(file, bundle)
  }
  return bundle
}
