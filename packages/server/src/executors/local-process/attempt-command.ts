import type { TaskPython } from '../../images/interpreters.ts'
import type { Attempt } from '../executor.ts'
import { machineEnv } from '@tern/core/containers'
import type { ContainerData } from './container-data.ts'
import type { AttemptPaths } from './paths.ts'
import type { ProcessCommand } from './started-process.ts'
import { renderTemplate } from './template.ts'

export interface CommandParts {
  readonly attempt: Attempt
  readonly paths: AttemptPaths
  readonly python: TaskPython | null
  readonly secrets: Readonly<Record<string, string>>
  /** Null for tasks that fetch their inputs themselves. */
  readonly data: ContainerData | null
  readonly org: string
  /** Where tasks reach this server, `host:port`. */
  readonly endpoint: string
}

/** The entry point of Flyte's Python package, as tasks name it. */
export const flyteCommand = 'a0'

/** What an attempt is started as. */
export function commandOf(parts: CommandParts): ProcessCommand {
  return { argv: argvOf(parts), env: variablesOf(parts), workingDir: parts.paths.workingDir }
}

/** What Flyte's entry point is called with, its name first; undefined for a command of any other kind. */
export function flyteArguments({ argv }: ProcessCommand, { python }: CommandParts): ReadonlyArray<string> | undefined {
  return python?.python != null && argv[0] === python.python && argv[2] === entryPoint ? argv.slice(3) : undefined
}

/** The variables that all attempts of a task have in common, and with it what they load. */
export function sharedVariables({ env }: ProcessCommand, { secrets }: CommandParts): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !(name in secrets) && !ofOneAction.has(name)))
}

const entryPoint = 'flyte._bin.runtime'

const ofOneAction = new Set([
  'TMPDIR',
  '_U_RUN_BASE',
  'RUN_NAME',
  'ACTION_NAME',
  'FLYTE_ATTEMPT_NUMBER',
  'FLYTE_INTERNAL_EXECUTION_ID',
  'FLYTE_INTERNAL_EXECUTION_PROJECT',
  'FLYTE_INTERNAL_EXECUTION_DOMAIN',
  'FLYTE_INTERNAL_TASK_NAME',
  'FLYTE_INTERNAL_TASK_VERSION',
])

function argvOf({ attempt, paths, python, data }: CommandParts): [string, ...string[]] {
  const { command = [], args = [] } = attempt.policy.container ?? {}
  const values = {
    ...paths,
    runName: attempt.run.run,
    actionName: attempt.action,
    runStartTime: new Date(attempt.runStartAt).toISOString(),
  }
  const [first = '', ...rest] = [...command, ...args].map((text) => {
    const rendered = (part: string) => renderTemplate(part, values)
    return data === null ? rendered(text) : data.render(text, rendered)
  })
  // Found through the interpreter, instead of through its scripts.
  if (first === flyteCommand) return [python?.python ?? 'python3', '-m', entryPoint, first, ...rest]
  return [first, ...rest]
}

function variablesOf({ attempt, paths, python, secrets, org, endpoint }: CommandParts): Record<string, string> {
  const { run, spec, policy } = attempt
  return {
    ...machineEnv(),
    TMPDIR: paths.tmpDir,
    PYTHONUNBUFFERED: '1',
    FSSPEC_FILE_AUTO_MKDIR: '1',
    FLYTE_DISABLE_SENTRY: '1',
    ...unboundedController,
    ...python?.env,
    ...policy.env,
    ...attempt.env,
    ...secrets,
    _U_RUN_BASE: attempt.runBase,
    _U_ORG_NAME: org,
    _U_EP_OVERRIDE: endpoint,
    _U_INSECURE: '1',
    _U_USE_ACTIONS: '1',
    RUN_NAME: run.run,
    ACTION_NAME: attempt.action,
    FLYTE_ATTEMPT_NUMBER: String(attempt.number - 1),
    FLYTE_INTERNAL_EXECUTION_ID: run.run,
    FLYTE_INTERNAL_EXECUTION_PROJECT: run.project,
    FLYTE_INTERNAL_EXECUTION_DOMAIN: run.domain,
    FLYTE_INTERNAL_TASK_NAME: spec.taskName,
    FLYTE_INTERNAL_TASK_VERSION: spec.taskVersion,
  }
}

// A Python parent is bounded by what it can do, not by the defaults of its client: 100 requests a second, by 20 workers,
// and 1000 children at once.
const unboundedController = { _F_MAX_QPS: '100000', _F_CTRL_WORKERS: '100', _F_P_CNC: '100000' }
