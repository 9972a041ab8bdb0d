import { NotFoundError } from '@tern/core'
import type { TaskDetails, TaskTrigger } from '@tern/idl/task'
import type { AnyTask, TaskEnvironment } from '@tern/sdk'
import {
  bundleFile,
  type BundleProgram,
  type CodeBundle,
  compileImages,
  loadBundle,
  taskSpecOf,
  taskTriggersOf,
} from '@tern/sdk/bundle'
import type { TernClient } from '@tern/sdk/client'
import type { DeployOptions } from '../commands/deploy.ts'
import { connect } from '../connect.ts'
import type { ResolvedOptions } from '../flags/resolve-options.ts'
import { suggest } from '../flags/suggest.ts'
import type { CliIo } from '../io.ts'
import type { TextStyle } from '../output/print-result.ts'
import { renderTable } from '../output/table.ts'
import { CommandError, UsageError } from '../usage-error.ts'
import { type KeptTrigger, keptTriggers } from './keep-triggers.ts'

/** What `tern deploy` says, also as `-o json`. */
export interface DeployView {
  readonly project: string
  readonly domain: string
  readonly version: string
  readonly dryRun: boolean
  readonly tasks: readonly DeployedTaskView[]
}

export interface DeployedTaskView {
  readonly name: string
  readonly version: string
  readonly environment: string
  /** `deployed`, `unchanged` when this version was there before, `planned` in a dry run. */
  readonly state: 'deployed' | 'unchanged' | 'planned'
  /** Names of the triggers that start this version from now on: those declared with it, and those that it had. */
  readonly triggers: readonly string[]
}

export interface DeployRequest {
  readonly file: string
  readonly environment: string | undefined
  readonly resolved: ResolvedOptions<DeployOptions>
  readonly io: CliIo
}

/** Bundles a file and deploys its tasks. */
export async function deploy({ file, environment, resolved, io }: DeployRequest): Promise<DeployView> {
  const bundle = await bundleFile(file, { workingDirectory: io.cwd })
  const program = await loadBundle(bundle)
  const environments = chooseEnvironments(program, environment, file)
  const images = await compileImages(program.environments, bundle.root)
  const client = await connect(resolved, io)
  const { project, domain } = client.configuration
  const version = resolved.values.version ?? bundle.version
  const dryRun = resolved.values.dryRun ?? false
  const tasksOf = (env: TaskEnvironment) => [...env.tasks.values()].map((task) => ({ env, task }))
  const plan = await Promise.all(
    environments.flatMap(tasksOf).map(async (each) => ({ ...each, declared: await taskTriggersOf(each.task) })),
  )
  const bundleUri = dryRun ? '' : await client.uploadBundle(bundle)
  const tasks: DeployedTaskView[] = []
  for (const { env, task, declared } of plan) {
    const done = dryRun ? planned : await deployTask(client, task, declared, { version, bundle, bundleUri, images, io })
    tasks.push({ name: task.name, version, environment: env.name, ...done })
  }
  return { project, domain, version, dryRun, tasks }
}

export function deployText({ tasks, dryRun, project, domain }: DeployView, style: TextStyle): string {
  const table = renderTable<DeployedTaskView>(
    tasks,
    [
      { title: 'TASK', value: ({ name }) => name },
      { title: 'VERSION', value: ({ version }) => version },
      { title: 'TRIGGERS', value: ({ triggers }) => triggers.join(', '), shrinks: true },
      {
        title: 'STATE',
        value: ({ state }) => state,
        style: (text) => (text === 'deployed' ? style.colors.green(text) : text),
      },
    ],
    style,
  )
  return dryRun ? `${table}Nothing was deployed: this was a dry run for ${project}, ${domain}.\n` : table
}

type Done = Pick<DeployedTaskView, 'state' | 'triggers'>

const planned: Done = { state: 'planned', triggers: [] }

interface Deployment {
  readonly version: string
  readonly bundle: CodeBundle
  readonly bundleUri: string
  readonly images: Readonly<Record<string, string>>
  readonly io: CliIo
}

async function deployTask(
  client: TernClient,
  task: AnyTask,
  declared: readonly TaskTrigger[],
  { version, bundle, bundleUri, images, io }: Deployment,
): Promise<Done> {
  const existing = await findTask(client, task.name, version)
  if (existing === undefined) {
    const { org, project, domain } = client.configuration
    const spec = taskSpecOf(task, { org, project, domain, version, bundleUri, images })
    const kept = (await keptTriggers(client, spec, io)).filter(
      ({ trigger }) => !declared.some(({ name }) => name === trigger.name),
    )
    const triggers = [...declared, ...kept.map(({ trigger }) => trigger)]
    if (await client.deployTask(spec, triggers)) {
      reportMisfits(task.name, kept, io)
      return { state: 'deployed', triggers: triggers.map(({ name }) => name) }
    }
  }
  const { spec } = existing ?? (await client.getTask({ name: task.name, version }))
  if (!spec?.taskTemplate?.metadata?.codeBundleUri.endsWith(bundle.fileName)) {
    throw new CommandError(`version ${version} of ${task.name} is deployed already, with other code`, {
      hint: 'A version never changes: give this one another --version, or leave it out.',
    })
  }
  return { state: 'unchanged', triggers: [] }
}

function reportMisfits(task: string, kept: readonly KeptTrigger[], { stderr }: CliIo): void {
  for (const { trigger, problem } of kept) {
    if (problem === undefined) continue
    const command = `tern update trigger ${task} ${trigger.name} --activate`
    stderr.write(
      `${stderr.colors.yellow('warning:')} trigger ${trigger.name} is off, since it does not fit this version: ${problem}\n` +
        `${stderr.colors.dim('hint:')} Give it other inputs, and switch it on with ${command}.\n`,
    )
  }
}

async function findTask(client: TernClient, name: string, version: string): Promise<TaskDetails | undefined> {
  try {
    return await client.getTask({ name, version })
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
}

/** The environments to deploy: all that the file's modules declare, or one with those it depends on. */
function chooseEnvironments(
  program: BundleProgram,
  name: string | undefined,
  file: string,
): readonly TaskEnvironment[] {
  if (name === undefined) return program.environments.filter(({ tasks }) => tasks.size > 0)
  const chosen = program.environments.find((environment) => environment.name === name)
  if (chosen === undefined) {
    const names = program.environments.map((environment) => environment.name)
    const similar = suggest(name, names)
    throw new UsageError(`${file} has no environment ${name}`, {
      hint: similar === undefined ? `Its environments are: ${names.join(', ')}.` : `Did you mean ${similar}?`,
    })
  }
  return withDependencies(chosen)
}

function withDependencies(environment: TaskEnvironment, seen = new Set<TaskEnvironment>()): TaskEnvironment[] {
  if (seen.has(environment)) return []
  seen.add(environment)
  const { dependsOn = [] } = environment.options
  return [environment, ...dependsOn.flatMap((other) => withDependencies(other, seen))]
}
