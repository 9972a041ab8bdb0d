import { create } from '@bufbuild/protobuf'
import { FailedPreconditionError, NotFoundError } from '@tern/core'
import type { LaunchPlan } from '@tern/idl/launchplan'
import { TaskIdentifierSchema } from '@tern/idl/task'
import type { DeclaredPlan } from '../authoring/launch-plan-part.ts'
import { type AnyTask, definitionOf } from '../authoring/task.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { TernClient } from '../remote/tern-client.ts'

/** What became of one launch plan. */
export interface DeployedPlanState {
  readonly name: string
  /** Full name of what it launches. */
  readonly task: string
  /** `unchanged` when this version was there before, `planned` in a dry run. */
  readonly state: 'deployed' | 'unchanged' | 'planned'
  /** Whether this version is the active one from now on; in a dry run, whether deploying would make it that. */
  readonly active: boolean
}

/** What is declared of a launch plan of a file. */
export function declaredPlan(plan: AnyTask): DeclaredPlan {
  const declared = definitionOf(plan).launchPlan?.declared
  if (declared === undefined) throw new TypeError(`${plan.name} is no launch plan that is declared here`)
  return declared
}

/**
 * Deploys one launch plan. `deployFile` does so for all of a file, as the version of its tasks.
 *
 * @throws FailedPreconditionError when there is another of that version
 */
export async function deployPlan(client: TernClient, plan: AnyTask, version: string): Promise<DeployedPlanState> {
  const { name } = plan
  const declared = declaredPlan(plan)
  const { launched, autoActivate } = declared
  const taskVersion = await targetVersion(client, declared, version)
  const { org, project, domain } = { ...client.configuration, ...placeOf(launched) }
  const spec = declared.toSpec()
  spec.taskId = create(TaskIdentifierSchema, { org, project, domain, name: launched.name, version: taskVersion })
  const existing = await findPlan(client, name, version)
  const { active } = await client.launchPlans
    .deploy({ name, version, spec, activate: autoActivate })
    .catch((error: unknown) => {
      throw isTaken(error) ? otherContent(name, version, error) : error
    })
  return { name, task: launched.name, state: existing === undefined ? 'deployed' : 'unchanged', active }
}

/** Of a task that is deployed elsewhere: the version that was named, or the newest. */
async function targetVersion(client: TernClient, { launched }: DeclaredPlan, version: string): Promise<string> {
  const { name, deployed } = launched
  if (deployed === undefined) return version
  if (deployed.version !== '') return deployed.version
  return (await client.getTask({ name, ...placeOf(launched) })).taskId?.version ?? ''
}

/** Where a task is that is deployed elsewhere, as far as that is said. */
function placeOf({ deployed }: TaskDefinition): { readonly project?: string; readonly domain?: string } {
  const { project, domain } = deployed ?? {}
  return { ...(project !== undefined && { project }), ...(domain !== undefined && { domain }) }
}

async function findPlan(client: TernClient, name: string, version: string): Promise<LaunchPlan | undefined> {
  try {
    const found = await client.launchPlans.get({ name, version })
    return found.isDefault ? undefined : found
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
}

function isTaken(error: unknown): error is Error {
  return error instanceof Error && error.name === 'AlreadyExistsError'
}

function otherContent(name: string, version: string, cause: Error): FailedPreconditionError {
  return new FailedPreconditionError(
    `version ${version} of launch plan ${name} is deployed already, with other content`,
    {
      hint: 'A version never changes: give this one another version, or leave it out.',
      cause,
    },
  )
}
