import { create, fromBinary } from '@bufbuild/protobuf'
import { RelationType } from '@tern/idl/common'
import type { Literal } from '@tern/idl/core'
import { type Inputs, InputsSchema, type RunSpec, RunSpecSchema, TriggerAutomationSpecSchema } from '@tern/idl/task'
import { TriggerSpecSchema } from '@tern/idl/trigger'
import { type CreateRunRequest, CreateRunRequestSchema, RunSource } from '@tern/idl/workflow'
import type { StoredArtifact } from '../store/artifacts-repository.ts'
import { digestOf } from '../store/specs.ts'
import type { StoredTrigger, TriggerKey } from '../store/triggers-repository.ts'

/** The name of the run that a trigger starts for an artifact: always the same one. */
export function artifactFiringName(key: TriggerKey, { name, version }: StoredArtifact): string {
  const digest = digestOf(JSON.stringify([key.project, key.domain, key.taskName, key.name, name, version]))
  return `r${Buffer.from(digest, 'base64url').toString('hex').slice(0, 24)}`
}

/** The request that starts the run of a trigger for an artifact, with the artifact as the input that the trigger names. */
export function artifactFiringRequest(
  org: string,
  trigger: StoredTrigger,
  artifact: StoredArtifact,
  value: Literal,
  inputs: Inputs | undefined,
): CreateRunRequest {
  const { key } = trigger
  const { project, domain } = key
  const { automation } = fromBinary(TriggerAutomationSpecSchema, trigger.automation)
  const input = automation.case === 'artifact' ? automation.value.inputArg : ''
  return create(CreateRunRequestSchema, {
    id: { case: 'runId', value: { org, project, domain, name: artifactFiringName(key, artifact) } },
    task: { case: 'triggerName', value: { org, ...key } },
    source: RunSource.ARTIFACT_TRIGGER,
    runSpec: runSpecOf(org, trigger, artifact),
    inputWrapper: { case: 'inputs', value: withInput(inputs ?? create(InputsSchema), input, value) },
  })
}

/** The trigger's run spec, which also says of which run the artifact is. */
function runSpecOf(org: string, { spec }: StoredTrigger, artifact: StoredArtifact): RunSpec {
  const runSpec = fromBinary(TriggerSpecSchema, spec).runSpec ?? create(RunSpecSchema)
  if (artifact.sourceRun === null) return runSpec
  const { project, domain, sourceRun } = artifact
  const relatedTo = { $typeName: 'flyteidl2.common.RunIdentifier' as const, org, project, domain, name: sourceRun }
  const relationType = RelationType.ON_ARTIFACT
  return { ...runSpec, relation: { $typeName: 'flyteidl2.common.Relation', relatedTo, relationType } }
}

function withInput(inputs: Inputs, name: string, value: Literal): Inputs {
  if (name === '') return inputs
  const others = inputs.literals.filter((literal) => literal.name !== name)
  return { ...inputs, literals: [...others, { $typeName: 'flyteidl2.task.NamedLiteral', name, value }] }
}
