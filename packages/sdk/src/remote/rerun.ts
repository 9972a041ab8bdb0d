import { create } from '@bufbuild/protobuf'
import { FailedPreconditionError, NotFoundError, rootActionName, toInputs } from '@tern/core'
import { RelationSchema, RelationType } from '@tern/idl/common'
import { type Inputs, RecoverSchema, type RunSpec, RunSpecSchema, type TaskSpec } from '@tern/idl/task'
import type { TernClient } from './tern-client.ts'

/** How a run is run again. */
export interface RerunOptions {
  /** Inputs that are to be others, by name. */
  readonly inputs?: Readonly<Record<string, unknown>> | undefined
  /** Of the new run. Defaults to a new one. */
  readonly name?: string | undefined
  /** Runs one action by itself, instead of all. Defaults to the root. */
  readonly action?: string | undefined
}

/** How what failed of a run is run again. */
export interface RecoverOptions {
  /** Of the new run. Defaults to a new one. */
  readonly name?: string | undefined
  /** Names of actions that are executed although they have succeeded. */
  readonly forceActions?: readonly string[] | undefined
}

/** What a run, or one of its actions, was made of. */
export interface RunSource {
  readonly run: string
  readonly spec: TaskSpec
  readonly inputs: Inputs
  readonly runSpec: RunSpec | undefined
}

/** @throws NotFoundError for a run or an action that does not exist, FailedPreconditionError for an action that is no task's */
export async function findRunSource(
  client: TernClient,
  run: string,
  action: string = rootActionName,
): Promise<RunSource> {
  const { action: root, runSpec } = await client.getRun(run)
  const details = action === rootActionName ? root : await client.getAction(run, action)
  if (details?.spec.case !== 'task') {
    throw new FailedPreconditionError(`action ${action} of run ${run} executes no task`, {
      hint: `\`tern get action ${run}\` lists its actions.`,
    })
  }
  const { inputs } = await client.getActionData(run, action)
  if (inputs === undefined) throw new NotFoundError(`the server has no inputs of run ${run}`)
  return { run, spec: details.spec.value, inputs, runSpec }
}

/** How the run was made, and where the new one comes from. What the old one says of that is about another. */
export function toRerunSpec(
  client: TernClient,
  { run, runSpec }: Pick<RunSource, 'run' | 'runSpec'>,
  { recover = false, forceActions }: Pick<RecoverOptions, 'forceActions'> & { readonly recover?: boolean | undefined },
): RunSpec {
  const { relatedTo: _, recover: __, runStartTime: ___, ...kept } = runSpec ?? create(RunSpecSchema)
  const { org, project, domain } = client.configuration
  const relation = create(RelationSchema, {
    relatedTo: { org, project, domain, name: run },
    relationType: recover ? RelationType.RECOVER : RelationType.RERUN,
  })
  if (forceActions === undefined) return { ...kept, relation }
  return { ...kept, relation, recover: create(RecoverSchema, { forceRerunActions: [...forceActions] }) }
}

/** @returns the name of the new run */
export async function rerun(
  client: TernClient,
  run: string,
  options: RerunOptions & RecoverOptions & { readonly recover?: boolean },
): Promise<string> {
  const source = await findRunSource(client, run, options.action)
  const created = await client.createRun({
    task: { spec: source.spec },
    inputs: await changedInputs(client, source, options.inputs ?? {}),
    name: options.name,
    runSpec: toRerunSpec(client, source, options),
  })
  return created.action?.id?.run?.name ?? ''
}

async function changedInputs(
  client: TernClient,
  { spec, inputs }: RunSource,
  given: Readonly<Record<string, unknown>>,
): Promise<Inputs> {
  if (Object.keys(given).length === 0) return inputs
  const kept = inputs.literals.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]))
  const stored = await client.store(given)
  const changed = toInputs(stored, spec.taskTemplate?.interface?.inputs, { defaults: new Map(kept) })
  return { ...changed, context: inputs.context }
}
