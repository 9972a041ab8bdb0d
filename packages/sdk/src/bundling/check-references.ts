import { FailedPreconditionError, NotFoundError } from '@tern/core'
import {
  type Referenced,
  referenceDifference,
  typesIn,
  workflowOfTemplate,
  workflowTaskType,
} from '@tern/core/workflow'
import type { TypedInterface } from '@tern/idl/core'
import type { DeployedTask, Entity, LaunchPlan } from '@tern/idl/graph'
import type { NamedParameter, TaskSpec } from '@tern/idl/task'
import type { TernClient } from '../remote/tern-client.ts'

/** Something that a workflow refers to, and that is not as it is declared. */
interface ReferenceProblem {
  /** Full name of the workflow. */
  readonly workflow: string
  readonly kind: 'task' | 'launch plan'
  readonly name: string
  readonly problem: string
}

async function findReferenceProblems(
  client: TernClient,
  specs: readonly TaskSpec[],
  version: string,
): Promise<readonly ReferenceProblem[]> {
  const found = await Promise.all(specs.map((spec) => problemsOf(client, spec, version)))
  return found.flat()
}

async function problemsOf(client: TernClient, spec: TaskSpec, version: string): Promise<ReferenceProblem[]> {
  const { taskTemplate } = spec
  if (taskTemplate?.type !== workflowTaskType) return []
  const workflow = taskTemplate.id?.name ?? ''
  const found = await Promise.all(
    workflowOfTemplate(taskTemplate).entities.map(async ({ kind }: Entity): Promise<ReferenceProblem[]> => {
      if (kind.case === 'task') return problemsOf(client, kind.value, version)
      if (kind.case !== 'deployedTask' && kind.case !== 'launchPlan') return []
      const { name } = kind.value
      const isTask = kind.case === 'deployedTask'
      const problem = await (isTask ? taskProblem(client, kind.value) : planProblem(client, kind.value, version))
      return problem === undefined ? [] : [{ workflow, kind: isTask ? 'task' : 'launch plan', name, problem }]
    }),
  )
  return found.flat()
}

function taskProblem(client: TernClient, entity: DeployedTask): Promise<string | undefined> {
  return orMissing(async () => {
    const { name, version, project, domain } = entity
    const place = { project: project || undefined, domain: domain || undefined }
    const { spec } = await client.getTask({ name, version: version || undefined, ...place })
    return referenceDifference(entity, toReferenced(spec?.taskTemplate?.interface, spec?.defaultInputs ?? [], []))
  })
}

async function planProblem(client: TernClient, entity: LaunchPlan, deploying: string): Promise<string | undefined> {
  const { name, version, project, domain } = entity
  if (project === '' && version === deploying) return undefined
  return orMissing(async () => {
    const place = { ...(project !== '' && { project }), ...(domain !== '' && { domain }) }
    const plan = await client.launchPlans.get({ name, ...place, ...(version !== '' && { version }) })
    if (version === '' && !plan.active) return 'no version of it is active'
    const fixed = plan.spec?.fixedInputs.map((input) => input.name) ?? []
    return referenceDifference(entity, toReferenced(plan.interface, plan.parameters, fixed))
  })
}

async function orMissing(find: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof NotFoundError) return error.message
    throw error
  }
}

function toReferenced(
  typed: TypedInterface | undefined,
  parameters: readonly NamedParameter[],
  fixed: readonly string[],
): Referenced {
  const optional = parameters.filter(({ parameter }) => parameter?.behavior.case === 'default')
  return {
    inputs: typesIn(typed?.inputs),
    outputs: typesIn(typed?.outputs),
    optional: new Set(optional.map(({ name }) => name)),
    fixed: new Set(fixed),
  }
}

/**
 * Asks a server whether what workflows refer to is deployed there, with the interface that they declare: what is looked at when
 * they are deployed, before that.
 *
 * @param specs of all that is deployed at once; what is among it is not asked for
 * @throws FailedPreconditionError naming all that is not as it is declared
 */
export async function checkReferences(client: TernClient, specs: readonly TaskSpec[], version: string): Promise<void> {
  const problems = await findReferenceProblems(client, specs, version)
  if (problems.length === 0) return
  const lines = problems.map(({ workflow, kind, name, problem }) => `workflow ${workflow}, ${kind} ${name}: ${problem}`)
  throw new FailedPreconditionError(lines.join('\n'), {
    hint: 'Deploy what is missing, and declare what is there as it is deployed.',
  })
}
