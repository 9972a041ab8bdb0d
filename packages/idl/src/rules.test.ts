import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { createValidator } from '@bufbuild/protovalidate'
import { describe, expect, test } from 'vitest'
import { ActionSchema } from './actions.ts'
import { ActionPhase, RelationSchema, RelationType, RunIdentifierSchema } from './common.ts'
import { ReusePolicySchema } from './core.ts'
import { CreateUploadLocationRequestSchema } from './dataproxy.ts'
import { ClusteredTaskSpecSchema } from './plugins.ts'
import { files } from './registry.ts'
import { ArtifactTriggerSchema, InlineRuleSchema, RecoverSchema } from './task.ts'
import { ConditionActionSchema, CreateTrackedRunRequestSchema, SignalEventRequestSchema } from './workflow.ts'

const runId = { org: 'o', project: 'p', domain: 'd', name: 'r1' }
const actionId = { run: runId, name: 'a0' }
const policy = { minReplicas: 1, maxReplicas: 2, concurrency: 1 }

describe('rules of the npm package hold', () => {
  check('a run id', RunIdentifierSchema, runId)
  check('a run id without org', RunIdentifierSchema, { ...runId, org: '' }, 'org: must be at least 1 characters')
})

describe('rules of the additions hold', () => {
  check('a reuse policy', ReusePolicySchema, { ...policy, idleTtl: durationFromMs(30_000) })
  check(
    'a reuse policy that shrinks as it grows',
    ReusePolicySchema,
    { ...policy, minReplicas: 3 },
    'max_replicas must not be below min_replicas',
  )
  check('a reuse policy of nothing', ReusePolicySchema, { ...policy, concurrency: 0 }, 'concurrency: must be')
  check(
    'a reuse policy that ends before it starts',
    ReusePolicySchema,
    { ...policy, scaledownTtl: durationFromMs(-1) },
    'scaledown_ttl: must be',
  )
  check('a relation', RelationSchema, { relatedTo: runId, relationType: RelationType.RERUN })
  check('a relation of no kind', RelationSchema, { relatedTo: runId }, 'relation_type: must not be in list [0]')
  check('a recovery', RecoverSchema, { forceRerunActions: ['a1', ''] }, 'force_rerun_actions[1]: must be')
  check('a signal', SignalEventRequestSchema, { actionId, payload: { value: { case: 'boolValue', value: false } } })
  check(
    'a signal without value',
    SignalEventRequestSchema,
    { actionId, payload: {} },
    'payload.value: exactly one field',
  )
  check('an artifact trigger', ArtifactTriggerSchema, {}, 'artifact_name: must be')
  check('a clustered task', ClusteredTaskSpecSchema, { replicas: 2 }, 'nproc_per_node: must be')
  check(
    'a tracked run',
    CreateTrackedRunRequestSchema,
    { id: { case: 'runId', value: runId } },
    'task: exactly one field',
  )
  check(
    'a long prompt',
    ConditionActionSchema,
    { name: 'ok', prompt: 'x'.repeat(4097) },
    'prompt: must be at most 4096',
  )
})

describe('rules that the additions relax', () => {
  const delivery = { case: 'deliveryConfigName', value: 'mail' } as const
  const { PAUSED, FAILED } = ActionPhase
  check('a rule for paused actions', InlineRuleSchema, { delivery, onPhases: [PAUSED] })
  check(
    'a rule for paused and failed actions',
    InlineRuleSchema,
    { delivery, onPhases: [PAUSED, FAILED] },
    'ACTION_PHASE_PAUSED cannot be combined with other phases',
  )
  check(
    'a rule for running actions',
    InlineRuleSchema,
    { delivery, onPhases: [ActionPhase.RUNNING] },
    'must be in list',
  )
  check('a condition without inputs', ActionSchema, {
    actionId,
    spec: { case: 'condition', value: { name: 'ok' } },
  })
  check(
    'a task without inputs',
    ActionSchema,
    { actionId, spec: { case: 'task', value: { spec: { taskTemplate: {} } } } },
    'input_uri and run_output_base are required',
  )
  const upload = { project: 'p', domain: 'd' }
  check('an upload without digest', CreateUploadLocationRequestSchema, upload)
  check(
    'an upload with half a digest',
    CreateUploadLocationRequestSchema,
    { ...upload, contentMd5: new Uint8Array(8) },
    'content_md5: must be 16 bytes',
  )
})

test('the rules of every message compile', () => {
  const validator = createValidator()
  const messages = files.filter(({ proto }) => /^(flyteidl2|tern)/.test(proto.package)).flatMap((file) => file.messages)
  const broken = messages.filter((message) => validator.validate(message, create(message)).kind === 'error')
  expect(broken.map(({ typeName }) => typeName)).toEqual([])
})

/** Checks that a message is valid, or that it is not and says so in these words. */
function check<Desc extends DescMessage>(
  name: string,
  schema: Desc,
  init: MessageInitShape<Desc>,
  violation?: string,
): void {
  test(`${name} is ${violation === undefined ? 'valid' : 'refused'}`, () => {
    const { error } = createValidator().validate(schema, create(schema, init))
    if (violation === undefined) expect(error).toBeUndefined()
    else expect(error?.message).toContain(violation)
  })
}
