import { fromBinary } from '@bufbuild/protobuf'
import { checkLiteral, isTernError, NotFoundError, scalarLiteral } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { Literal, LiteralType } from '@tern/idl/core'
import { type Inputs, type TaskSpec, TriggerAutomationSpecSchema } from '@tern/idl/task'
import { TriggerSpecSchema } from '@tern/idl/trigger'
import type { CreateRunRequest } from '@tern/idl/workflow'
import type { Artifacts } from '../artifacts/artifacts.ts'
import { readOffloadedInputs } from '../data/offloaded-inputs.ts'
import { inputsFileIn } from '../data/run-files.ts'
import type { StoredArtifact } from '../store/artifacts-repository.ts'
import type { StoredTrigger, TriggerKey } from '../store/triggers-repository.ts'
import type { Tasks } from '../tasks/tasks.ts'
import { artifactFiringRequest } from './artifact-firing-request.ts'
import type { Triggers } from './triggers.ts'

export interface ArtifactRunParts {
  readonly triggers: Triggers
  readonly tasks: Tasks
  readonly artifacts: Artifacts
  readonly storage: Storage
  readonly org: string
  /** Largest inputs to read, in bytes. */
  readonly maxBytes: number
  readonly createRun: (request: CreateRunRequest) => Promise<void>
}

/** Starts the run of a trigger for an artifact; false when the trigger is off or deleted. */
export async function startArtifactRun(
  parts: ArtifactRunParts,
  key: TriggerKey,
  artifact: StoredArtifact,
): Promise<boolean> {
  const trigger = await findTrigger(parts.triggers, key)
  if (trigger === undefined || !trigger.active) return false
  const { spec } = await parts.tasks.get({ ...key, name: key.taskName, version: trigger.taskVersion })
  const value = asInput(await parts.artifacts.valueOf(artifact), inputType(trigger, spec))
  const inputs = await triggerInputs(parts, trigger)
  await parts.createRun(artifactFiringRequest(parts.org, trigger, artifact, value, inputs))
  return true
}

async function findTrigger(triggers: Triggers, key: TriggerKey): Promise<StoredTrigger | undefined> {
  try {
    return await triggers.get(key)
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
}

async function triggerInputs(
  { storage, maxBytes }: ArtifactRunParts,
  { spec }: StoredTrigger,
): Promise<Inputs | undefined> {
  const { inputWrapper } = fromBinary(TriggerSpecSchema, spec)
  if (inputWrapper.case !== 'offloadedInputData') return inputWrapper.value
  return readOffloadedInputs(storage, inputsFileIn(inputWrapper.value.uri), maxBytes)
}

function inputType({ automation }: StoredTrigger, { taskTemplate }: TaskSpec): LiteralType | undefined {
  const { automation: wanted } = fromBinary(TriggerAutomationSpecSchema, automation)
  const name = wanted.case === 'artifact' ? wanted.value.inputArg : ''
  return taskTemplate?.interface?.inputs?.variables.find(({ key }) => key === name)?.value?.type
}

/** The value as an input of a type: where the type is a union, as the variant that it is of. */
function asInput(value: Literal, type: LiteralType | undefined): Literal {
  if (type?.type.case !== 'unionType') return value
  if (value.value.case === 'scalar' && value.value.value.value.case === 'union') return value
  const variant = type.type.value.variants.find((option) => fits(value, option))
  if (variant === undefined) return value
  const union = scalarLiteral({ case: 'union', value: { $typeName: 'flyteidl2.core.Union', value, type: variant } })
  return value.artifactId === undefined ? union : { ...union, artifactId: value.artifactId }
}

function fits(value: Literal, type: LiteralType): boolean {
  try {
    checkLiteral(value, type)
    return true
  } catch (error) {
    if (isTernError(error)) return false
    throw error
  }
}
