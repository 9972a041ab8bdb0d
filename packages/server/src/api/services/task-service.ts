import type { ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError, toTimestamp, UnimplementedError } from '@tern/core'
import type {
  ListTasksRequest,
  TaskIdentifier,
  TaskMetadata,
  TaskService,
  TaskSummary as TaskSummaryMessage,
} from '@tern/idl/task'
import { toIdentity } from '../../identity/caller.ts'
import type { RunSummary } from '../../store/runs-repository.ts'
import type { TaskKey, TaskScope, TaskSummary } from '../../store/tasks-repository.ts'
import { callerOf } from '../caller-of.ts'
import type { ApiDomain } from '../domain.ts'
import { fromProjectIdentifier, fromTaskIdentifier, toRunIdentifier } from '../wire/identifiers.ts'

export function createTaskService({ tasks, repositories, config }: ApiDomain): ServiceImpl<typeof TaskService> {
  return {
    async deployTask({ taskId, spec, triggers }, context) {
      if (triggers.length > 0) {
        throw new UnimplementedError('deploying a task with triggers is not available yet', {
          hint: 'Deploy the task without triggers.',
        })
      }
      if (spec === undefined) throw new InvalidArgumentError('spec: value is required', { field: 'spec' })
      await tasks.deploy(fromTaskIdentifier(taskId), spec, callerOf(context, config)?.subject ?? '')
      return {}
    },
    async getTaskDetails({ taskId }) {
      const { summary, spec } = await tasks.get(fromTaskIdentifier(taskId))
      return { details: { taskId: toIdentifier(config.org, summary.key), metadata: toMetadata(summary), spec } }
    },
    async listTasks(request) {
      const page = await tasks.listLatest(toScope(request), request.request)
      const latestRuns = await repositories.runs.latestOfTasks(page.items.map(({ key }) => key))
      return {
        tasks: page.items.map((task) => ({
          taskId: toIdentifier(config.org, task.key),
          metadata: toMetadata(task),
          taskSummary: toSummary(config.org, latestRuns.get(task.key)),
        })),
        token: page.token,
        metadata: { total: page.total, filteredTotal: page.filteredTotal },
      }
    },
    async listVersions({ taskName, request }) {
      if (taskName === undefined) throw new InvalidArgumentError('task_name: value is required', { field: 'task_name' })
      const page = await tasks.listVersions(taskName, request)
      return {
        versions: page.items.map(({ key, deployedAt, deployedBy }) => ({
          version: key.version,
          deployedAt: toTimestamp(deployedAt),
          ...whoDeployed(deployedBy),
        })),
        token: page.token,
      }
    },
  }
}

function toScope({ scopeBy, knownFilters }: ListTasksRequest): TaskScope {
  const project = scopeBy.case === 'projectId' ? fromProjectIdentifier(scopeBy.value) : {}
  const deployedBy = knownFilters.find(({ filterBy }) => filterBy.case === 'deployedBy')?.filterBy.value
  return { ...project, ...(typeof deployedBy === 'string' ? { deployedBy } : {}) }
}

function toIdentifier(org: string, { project, domain, name, version }: TaskKey): TaskIdentifier {
  return { $typeName: 'flyteidl2.task.TaskIdentifier', org, project, domain, name, version }
}

function toSummary(org: string, run: RunSummary | undefined): TaskSummaryMessage {
  if (run === undefined) return { $typeName: 'flyteidl2.task.TaskSummary' }
  return {
    $typeName: 'flyteidl2.task.TaskSummary',
    latestRun: {
      $typeName: 'flyteidl2.task.LatestRunSummary',
      runId: toRunIdentifier(org, run.key),
      runTime: toTimestamp(run.createdAt),
      phase: run.phase,
      rootTaskName: run.spec.taskName,
    },
  }
}

function toMetadata(task: TaskSummary): TaskMetadata {
  return {
    $typeName: 'flyteidl2.task.TaskMetadata',
    shortName: task.functionName,
    deployedAt: toTimestamp(task.deployedAt),
    environmentName: task.environment,
    shortDescription: task.shortDescription,
    ...whoDeployed(task.deployedBy),
  }
}

function whoDeployed(subject: string) {
  if (subject === '') return {}
  return { deployedBy: toIdentity({ subject, email: '', givenName: '', familyName: '' }) }
}
