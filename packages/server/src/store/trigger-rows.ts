import { TriggerAutomationSpecType } from '@tern/idl/task'
import { TriggerRevisionAction } from '@tern/idl/trigger'
import type { Selectable } from 'kysely'
import { enumField, flagField, type ListFields, numberField, textField, timeField } from './list-fields.ts'
import type { TriggerRevisionsTable, TriggersTable } from './schema/trigger-tables.ts'
import type { StoredTrigger, TriggerKey, TriggerRevisionRow, TriggerState } from './triggers-repository.ts'

export function keyColumns({ project, domain, taskName, name }: TriggerKey) {
  return { project, domain, task_name: taskName, name }
}

export function stateColumns(state: TriggerState) {
  return {
    spec: state.spec,
    automation_spec: state.automation,
    task_version: state.taskVersion,
    active: state.active ? 1 : 0,
    description: state.description,
    deployed_by: state.deployedBy,
    updated_by: state.updatedBy,
    deployed_at: state.deployedAt,
    updated_at: state.updatedAt,
    deleted_at: state.deletedAt,
  }
}

export function toStoredTrigger(row: Selectable<TriggersTable>): StoredTrigger {
  return {
    ...toState(row, row.latest_revision),
    automationType: row.automation_type,
    scheduledFrom: row.scheduled_from,
    settledAt: row.settled_at,
  }
}

export function toRevision(row: Selectable<TriggerRevisionsTable>): TriggerRevisionRow {
  return { ...toState(row, row.revision), action: row.action as TriggerRevisionAction, createdAt: row.created_at }
}

function toState(
  row: Omit<Selectable<TriggersTable>, 'id' | 'latest_revision' | 'automation_type' | 'scheduled_from' | 'settled_at'>,
  revision: number,
): TriggerState {
  return {
    key: { project: row.project, domain: row.domain, taskName: row.task_name, name: row.name },
    revision,
    spec: row.spec,
    automation: row.automation_spec,
    taskVersion: row.task_version,
    active: row.active === 1,
    description: row.description,
    deployedBy: row.deployed_by,
    updatedBy: row.updated_by,
    deployedAt: row.deployed_at,
    updatedAt: row.updated_at,
    triggeredAt: row.triggered_at,
    deletedAt: row.deleted_at,
  }
}

export const triggerFields: ListFields = {
  byName: {
    project: textField('project'),
    domain: textField('domain'),
    task_name: textField('task_name'),
    name: textField('name'),
    active: flagField('active'),
    deployed_at: timeField('deployed_at'),
    updated_at: timeField('updated_at'),
    task_version: textField('task_version'),
    automation_type: enumField('automation_type', '', TriggerAutomationSpecType),
  },
}

export const revisionFields: ListFields = {
  byName: {
    revision: numberField('revision'),
    deployed_at: timeField('deployed_at'),
    updated_at: timeField('updated_at'),
    action: enumField('action', 'TRIGGER_REVISION_ACTION_', TriggerRevisionAction),
  },
}
