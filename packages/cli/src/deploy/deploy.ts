import { InvalidArgumentError } from '@tern/core'
import { type DeployedPlanState, deployFile, type DeployedTaskState, type ProblemOf } from '@tern/sdk/bundle'
import type { DeployOptions } from '../commands/deploy.ts'
import { connect } from '../connect.ts'
import type { ResolvedOptions } from '../flags/resolve-options.ts'
import type { CliIo } from '../io.ts'
import type { TextStyle } from '../output/print-result.ts'
import { renderTable } from '../output/table.ts'
import { UsageError } from '../usage-error.ts'
import { triggerProblem } from './trigger-problem.ts'

/** What `tern deploy` says, also as `-o json`. */
export interface DeployView {
  readonly project: string
  readonly domain: string
  readonly version: string
  readonly dryRun: boolean
  readonly tasks: readonly DeployedTaskView[]
  readonly launchPlans: readonly DeployedPlanState[]
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

/** Bundles a file and deploys its tasks and launch plans. */
export async function deploy({ file, environment, resolved, io }: DeployRequest): Promise<DeployView> {
  const client = await connect(resolved, io)
  const { project, domain } = client.configuration
  const { version, dryRun = false, checkReferences } = resolved.values
  const problemOf: ProblemOf = (trigger, task) => triggerProblem(trigger, task, client, io)
  const options = { environment, version, dryRun, checkReferences, workingDirectory: io.cwd, problemOf }
  const deployed = await deployFile(client, file, options).catch((error: unknown) => {
    if (!(error instanceof InvalidArgumentError && error.field === 'environment')) throw error
    throw new UsageError(error.message, { hint: error.hint, cause: error })
  })
  for (const { name, misfits } of deployed.tasks) reportMisfits(name, misfits, io)
  const { version: given, launchPlans } = deployed
  const tasks = deployed.tasks.map(({ name, environment: owner, state, triggers }) => ({
    name,
    version: given,
    environment: owner,
    state,
    triggers,
  }))
  return { project, domain, version: given, dryRun, tasks, launchPlans }
}

export function deployText(view: DeployView, style: TextStyle): string {
  const { tasks, launchPlans, version, dryRun, project, domain } = view

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
  const plans = launchPlans.length === 0 ? '' : `\n${plansText(launchPlans, style)}`
  const all = table + plans + (dryRun ? '' : inactiveText(launchPlans, version, style))
  return dryRun ? `${all}Nothing was deployed: this was a dry run for ${project}, ${domain}.\n` : all
}

function plansText(plans: readonly DeployedPlanState[], style: TextStyle): string {
  return renderTable<DeployedPlanState>(
    plans,
    [
      { title: 'LAUNCH PLAN', value: ({ name }) => name },
      { title: 'LAUNCHES', value: ({ task }) => task },
      { title: 'ACTIVE', value: ({ active }) => (active ? 'yes' : 'no') },
      {
        title: 'STATE',
        value: ({ state }) => state,
        style: (text) => (text === 'deployed' ? style.colors.green(text) : text),
      },
    ],
    style,
  )
}

function inactiveText(plans: readonly DeployedPlanState[], version: string, { colors }: TextStyle): string {
  const first = plans.find(({ active }) => !active)
  if (first === undefined) return ''
  return `${colors.dim(`What is not active starts nothing by itself: see tern activate ${first.name} ${version}`)}\n`
}

function reportMisfits(task: string, misfits: DeployedTaskState['misfits'], { stderr }: CliIo): void {
  for (const { trigger, problem } of misfits) {
    const command = `tern update trigger ${task} ${trigger} --activate`
    stderr.write(
      `${stderr.colors.yellow('warning:')} trigger ${trigger} is off, since it does not fit this version: ${problem}\n` +
        `${stderr.colors.dim('hint:')} Give it other inputs, and switch it on with ${command}.\n`,
    )
  }
}
