import { createHash } from 'node:crypto'
import { create, type JsonObject, toBinary } from '@bufbuild/protobuf'
import { durationMs, type DurationInput, toProtoDuration } from '@tern/core'
import {
  ContainerSchema,
  type ReusePolicy as WireReusePolicy,
  ReusePolicy_Scope,
  ReusePolicySchema,
  type TaskTemplate,
} from '@tern/idl/core'
import { checkKeys, checkWhole, invalid, isRecord } from './check-values.ts'

/** Keeps the processes of an environment for further attempts. What one leaves in memory, the next one finds. */
export interface ReusePolicy {
  /** Processes at the same time: a number, or `[fewest, most]`. Defaults to 2. */
  readonly replicas?: number | readonly [number, number] | undefined
  /** Attempts that one process runs at once. Defaults to 1. */
  readonly concurrency?: number | undefined
  /** How long all of them stay with nothing to do, at least 30 seconds, which is the default. */
  readonly idleTtl?: DurationInput | undefined
  /** How long one above the fewest stays with nothing to do, at least 30 seconds, which is the default. */
  readonly scaledownTtl?: DurationInput | undefined
  /** Whether runs share them (`'global'`, the default), or each has its own (`'run'`). */
  readonly scope?: 'global' | 'run' | undefined
}

const keys = new Set(['replicas', 'concurrency', 'idleTtl', 'scaledownTtl', 'scope'])
const least = '30s'

/** @throws InvalidArgumentError naming what is wrong */
export function checkReusePolicy(value: unknown): void {
  if (value === undefined) return
  if (!isRecord(value)) throw invalid('reusable', `reusable ${JSON.stringify(value)} must be an object`)
  checkKeys(value, keys, 'reusable')
  const { replicas, concurrency, idleTtl, scaledownTtl, scope } = value
  if (Array.isArray(replicas) && replicas.length !== 2) {
    throw invalid('reusable.replicas', 'reusable.replicas must be one number or [fewest, most]')
  }
  const [fewest, most] = toReplicas(replicas as ReusePolicy['replicas'])
  checkWhole(fewest, 'reusable.replicas', 0)
  checkWhole(most, 'reusable.replicas', 1)
  if (fewest > most) throw invalid('reusable.replicas', `reusable.replicas: ${fewest} is more than ${most}`)
  checkWhole(concurrency, 'reusable.concurrency', 1)
  checkTtl(idleTtl, 'reusable.idleTtl')
  checkTtl(scaledownTtl, 'reusable.scaledownTtl')
  if (scope !== undefined && scope !== 'global' && scope !== 'run') {
    throw invalid('reusable.scope', `reusable.scope ${JSON.stringify(scope)} must be 'global' or 'run'`)
  }
}

function checkTtl(value: unknown, field: string): void {
  if (value === undefined) return
  if (durationMs(value as DurationInput, field) >= durationMs(least)) return
  throw invalid(field, `${field} ${JSON.stringify(value)} must be at least ${least}`)
}

/** The policy as the protocol has it. */
export function toWireReuse({ replicas, concurrency = 1, idleTtl, scaledownTtl, scope }: ReusePolicy): WireReusePolicy {
  const [minReplicas, maxReplicas] = toReplicas(replicas)
  return create(ReusePolicySchema, {
    minReplicas,
    maxReplicas,
    concurrency,
    scope: scope === 'run' ? ReusePolicy_Scope.RUN : ReusePolicy_Scope.GLOBAL,
    idleTtl: toProtoDuration(durationMs(idleTtl ?? least)),
    scaledownTtl: toProtoDuration(durationMs(scaledownTtl ?? least)),
  })
}

/**
 * The environment as readers know it that have no reuse policy: its name, and a version that stands for all that tells its
 * processes from those of others.
 */
export function toActor(policy: ReusePolicy, environment: string, template: TaskTemplate): JsonObject {
  const { minReplicas, maxReplicas, concurrency, idleTtl, scaledownTtl } = toWireReuse(policy)
  const spec = {
    container_image: template.target.case === 'container' ? template.target.value.image : '',
    backlog_length: null,
    parallelism: concurrency,
    min_replica_count: minReplicas,
    replica_count: maxReplicas,
    ttl_seconds: Number(idleTtl?.seconds ?? 0n),
    scaledown_ttl_seconds: Number(scaledownTtl?.seconds ?? 0n),
  }
  const hash = createHash('sha256').update(JSON.stringify([environment, spec, identityOf(template)]))
  return { name: environment, version: hash.digest('hex').slice(0, 15), type: 'actor', spec }
}

/** What its processes are given, whichever task they run. */
function identityOf({ target, metadata, securityContext }: TaskTemplate): unknown[] {
  const container = target.case === 'container' ? toBinary(ContainerSchema, { ...target.value, args: [] }) : undefined
  const secrets = (securityContext?.secrets ?? []).map(({ group, key, envVar }) => [group, key, envVar])
  return [
    container && Buffer.from(container).toString('base64'),
    target.case === 'k8sPod' ? target.value.podSpec : null,
    metadata?.codeBundleUri ?? '',
    metadata?.interruptibleValue.value ?? null,
    metadata?.podTemplateName ?? '',
    secrets,
  ]
}

function toReplicas(replicas: ReusePolicy['replicas'] = 2): readonly [number, number] {
  return typeof replicas === 'object' ? replicas : [replicas, replicas]
}
