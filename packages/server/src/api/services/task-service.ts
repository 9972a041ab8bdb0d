import type { ServiceImpl } from '@connectrpc/connect'
import { fromBinary } from '@bufbuild/protobuf'
import { InvalidArgumentError, toTimestamp } from '@tern/core'
import {
  type LatestRunSummary,
  type ListTasksRequest,
  type TaskIdentifier,
  type TaskMetadata,
  type TaskService,
  type TaskTriggersSummary,
  type TaskTriggersSummary_TriggerDetails,
  TriggerAutomationSpecSchema,
} from '@tern/idl/task'
import { toIdentity } from '../../identity/caller.ts'
import type { LatestRun } from '../../store/latest-runs.ts'
import type { Page } from '../../store/list-query.ts'
import type { TaskKey, TaskScope, TaskSummary } from '../../store/tasks-repository.ts'
import type { StoredTrigger } from '../../store/triggers-repository.ts'
import { callerOf } from '../caller-of.ts'
import type { ApiDomain } from '../domain.ts'
import { fromProjectIdentifier, fromTaskIdentifier, toRunIdentifier } from '../wire/identifiers.ts'

export function createTaskService({ tasks, repositories, config }: ApiDomain): ServiceImpl<typeof TaskService> {
  async function triggersOf(summaries: ReadonlyArray<TaskSummary>) {
    const single = summaries.filter(({ totalTriggers }) => totalTriggers === 1).map(({ key }) => key)
    const only = await repositories.triggers.onlyTriggersOf(single)
    return new Map(summaries.map((summary) => [summary.key, toTriggersSummary(summary, only.get(summary.key))]))
  }
  return {
    async deployTask({ taskId, spec, triggers }, context) {
      if (spec === undefined) throw new InvalidArgumentError('spec: value is required', { field: 'spec' })
      await tasks.deploy(fromTaskIdentifier(taskId), spec, triggers, callerOf(context, config))
      return {}
    },
    async getTaskDetails({ taskId }) {
      const { summary, spec } = await tasks.get(fromTaskIdentifier(taskId))
      const triggersSummary = (await triggersOf([summary])).get(summary.key)
      return {
        details: {
          taskId: toIdentifier(config.org, summary.key),
          metadata: toMetadata(summary, triggersSummary),
          spec,
        },
      }
    },
    async listTasks(request) {
      const page = await tasks.listLatest(toScope(request), request.request)
      const triggers = await triggersOf(page.items)
      const latestRuns = await repositories.tasks.latestRunsOf(keysOf(page), 'any version')
      return {
        tasks: page.items.map((task) => ({
          taskId: toIdentifier(config.org, task.key),
          metadata: toMetadata(task, triggers.get(task.key)),
          taskSummary: {
            $typeName: 'flyteidl2.task.TaskSummary',
            ...latestRun(config.org, latestRuns.get(task.key)),
          },
        })),
        token: page.token,
        metadata: { total: page.total, filteredTotal: page.filteredTotal },
      }
    },
    async listVersions({ taskName, request }) {
      if (taskName === undefined) throw new InvalidArgumentError('task_name: value is required', { field: 'task_name' })
      const page = await tasks.listVersions(taskName, request)
      const latestRuns = await repositories.tasks.latestRunsOf(keysOf(page), 'this version')
      return {
        versions: page.items.map(({ key, deployedAt, deployedBy }) => ({
          version: key.version,
          deployedAt: toTimestamp(deployedAt),
          ...whoDeployed(deployedBy),
          ...latestRun(config.org, latestRuns.get(key)),
        })),
        token: page.token,
      }
    },
  }
}

function toScope({ scopeBy, knownFilters }: ListTasksRequest): TaskScope {
  const project = scopeBy.case === 'projectId' ? fromProjectIdentifier(scopeBy.value) : {}
  let scope: TaskScope = project
  for (const { filterBy } of knownFilters) {
    if (filterBy.case === 'deployedBy') scope = { ...scope, deployedBy: filterBy.value }
    if (filterBy.case === 'isEntrypoint') scope = { ...scope, isEntrypoint: filterBy.value }
  }
  return scope
}

function toIdentifier(org: string, { project, domain, name, version }: TaskKey): TaskIdentifier {
  return { $typeName: 'flyteidl2.task.TaskIdentifier', org, project, domain, name, version }
}

function keysOf({ items }: Page<TaskSummary>): ReadonlyArray<TaskKey> {
  return items.map(({ key }) => key)
}

function latestRun(org: string, run: LatestRun | undefined): { readonly latestRun?: LatestRunSummary } {
  if (run === undefined) return {}
  const { project, domain, name } = run
  return {
    latestRun: {
      $typeName: 'flyteidl2.task.LatestRunSummary',
      runId: toRunIdentifier(org, { project, domain, run: name }),
      runTime: toTimestamp(run.createdAt),
      phase: run.phase,
      rootTaskName: run.taskName,
    },
  }
}

/** What is shown of a task's triggers: the one there is, or how many. */
function toTriggersSummary(task: TaskSummary, only: StoredTrigger | undefined): TaskTriggersSummary | undefined {
  const { totalTriggers: total, activeTriggers: active } = task
  if (total === 0) return undefined
  return {
    $typeName: 'flyteidl2.task.TaskTriggersSummary',
    summary:
      total > 1 || only === undefined
        ? { case: 'stats', value: { $typeName: 'flyteidl2.task.TaskTriggersSummary.TriggerStats', total, active } }
        : { case: 'details', value: toTriggerDetails(only) },
  }
}

function toTriggerDetails({ key, active, automation }: StoredTrigger): TaskTriggersSummary_TriggerDetails {
  return {
    $typeName: 'flyteidl2.task.TaskTriggersSummary.TriggerDetails',
    name: key.name,
    active,
    automationSpec: fromBinary(TriggerAutomationSpecSchema, automation),
  }
}

function toMetadata(task: TaskSummary, triggersSummary: TaskTriggersSummary | undefined): TaskMetadata {
  return {
    $typeName: 'flyteidl2.task.TaskMetadata',
    shortName: task.functionName,
    deployedAt: toTimestamp(task.deployedAt),
    environmentName: task.environment,
    shortDescription: task.shortDescription,
    ...(triggersSummary && { triggersSummary }),
    ...whoDeployed(task.deployedBy),
  }
}

function whoDeployed(subject: string) {
  if (subject === '') return {}
  return { deployedBy: toIdentity({ subject, email: '', givenName: '', familyName: '' }) }
}
