import { create, fromBinary } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { rootActionName } from '@tern/core'
import { type ActionIdentifier, ActionPhase, EnrichedIdentitySchema, type TriggerIdentifier } from '@tern/idl/common'
import type { CatalogCacheStatus } from '@tern/idl/core'
import { type RunSpec, RunSpecSchema, TriggerAutomationSpecSchema } from '@tern/idl/task'
import {
  type Action,
  type ActionMetadata,
  ActionMetadataSchema,
  type ActionStatus,
  ActionStatusSchema,
  ActionType,
  ConditionActionSchema,
  type Run,
  RunSource,
} from '@tern/idl/workflow'
import type { RunKey } from '../../engine/model.ts'
import type { ActionSummary } from '../../store/actions-repository.ts'
import type { RunSummary } from '../../store/runs-repository.ts'
import type { SpecSummary } from '../../store/spec-summary.ts'
import { toActionIdentifier } from './identifiers.ts'

/** A run, as lists show it. */
export function toRun(org: string, run: RunSummary): Run {
  const runSpec = fromBinary(RunSpecSchema, run.runSpec)
  return {
    $typeName: 'flyteidl2.workflow.Run',
    action: {
      $typeName: 'flyteidl2.workflow.Action',
      id: toActionIdentifier(org, run.key, rootActionName),
      metadata: toRootMetadata(org, run, runSpec),
      status: toStatus({ ...run, attempt: run.attempts }),
    },
    labels: runSpec.labels?.values ?? {},
  }
}

/** An action, as lists and trees show it. */
export function toAction(org: string, run: RunSummary, action: ActionSummary): Action {
  return {
    $typeName: 'flyteidl2.workflow.Action',
    id: toActionIdentifier(org, run.key, action.name),
    metadata: toMetadata(org, run, action),
    status: toStatus(action),
  }
}

/** Where an action comes from and what it executes. The root has what is known of its run, too. */
export function toMetadata(org: string, run: RunSummary, action: ActionSummary): ActionMetadata {
  if (action.parentSeq === null) return toRootMetadata(org, run, fromBinary(RunSpecSchema, run.runSpec))
  const metadata = specMetadata(org, action.spec, { parent: action.parent ?? '', group: action.group })
  if (action.phase === ActionPhase.RECOVERED && action.cacheSource !== null) {
    metadata.recoveredFrom = fromSource(org, action.cacheSource).actionId
  }
  return metadata
}

/** The attempt that a result comes from, as the store names it. */
export function fromSource(
  org: string,
  source: string,
): { readonly actionId: ActionIdentifier; readonly attempt: number } {
  const [project = '', domain = '', run = '', action = '', attempt = ''] = source.split('/')
  return { actionId: toActionIdentifier(org, { project, domain, run }, action), attempt: Number(attempt) }
}

function toRootMetadata(org: string, run: RunSummary, { relation }: RunSpec): ActionMetadata {
  const metadata = specMetadata(org, run.spec, { parent: '', group: '' })
  metadata.source = run.source
  if (run.createdBy !== null) metadata.executedBy = fromBinary(EnrichedIdentitySchema, run.createdBy)
  if (run.triggerName !== null) {
    metadata.triggerName = run.triggerName
    metadata.triggerId = toTriggerIdentifier(org, run.key, run)
  }
  if (run.triggerAutomation !== null) {
    metadata.triggerType = fromBinary(TriggerAutomationSpecSchema, run.triggerAutomation)
  }
  if (relation !== undefined) metadata.relation = relation
  return metadata
}

function toTriggerIdentifier(org: string, { project, domain }: RunKey, run: RunSummary): TriggerIdentifier {
  return {
    $typeName: 'flyteidl2.common.TriggerIdentifier',
    name: {
      $typeName: 'flyteidl2.common.TriggerName',
      org,
      project,
      domain,
      name: run.triggerName ?? '',
      taskName: run.triggerTaskName ?? '',
    },
    revision: BigInt(run.triggerRevision ?? 0),
  }
}

function specMetadata(
  org: string,
  spec: SpecSummary,
  place: { readonly parent: string; readonly group: string },
): ActionMetadata {
  return create(ActionMetadataSchema, {
    ...place,
    actionType: spec.actionType,
    environmentName: spec.environmentName,
    // Misspelt on the wire.
    funtionName: spec.taskName,
    source: RunSource.UNSPECIFIED,
    spec: toSpecMetadata(org, spec),
  })
}

function toSpecMetadata(org: string, spec: SpecSummary): ActionMetadata['spec'] {
  switch (spec.actionType) {
    case ActionType.TRACE:
      return { case: 'trace', value: { $typeName: 'flyteidl2.workflow.TraceActionMetadata', name: spec.taskName } }
    case ActionType.CONDITION: {
      const type = spec.condition === null ? undefined : fromBinary(ConditionActionSchema, spec.condition).type
      return {
        case: 'condition',
        value: { $typeName: 'flyteidl2.workflow.ConditionActionMetadata', name: spec.taskName, type },
      }
    }
    default:
      return {
        case: 'task',
        value: {
          $typeName: 'flyteidl2.workflow.TaskActionMetadata',
          id: {
            $typeName: 'flyteidl2.task.TaskIdentifier',
            org: spec.taskOrg || org,
            project: spec.taskProject,
            domain: spec.taskDomain,
            name: spec.taskName,
            version: spec.taskVersion,
          },
          taskType: spec.taskType,
          shortName: spec.shortName,
        },
      }
  }
}

export function toStatus(action: {
  readonly phase: ActionPhase
  readonly attempt: number
  readonly cacheStatus: CatalogCacheStatus
  readonly createdAt: number
  readonly endedAt: number | null
}): ActionStatus {
  return create(ActionStatusSchema, {
    phase: action.phase,
    startTime: timestampFromMs(action.createdAt),
    attempts: action.attempt,
    cacheStatus: action.cacheStatus,
    ...(action.endedAt === null
      ? {}
      : {
          endTime: timestampFromMs(action.endedAt),
          durationMs: BigInt(Math.max(0, action.endedAt - action.createdAt)),
        }),
  })
}
