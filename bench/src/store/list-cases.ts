import type { MessageInitShape } from '@bufbuild/protobuf'
import { Filter_Function, type ListRequestSchema } from '@tern/idl/common'
import type { Clients } from '../clients.ts'
import type { Filled } from './fill.ts'
import { teams } from './finished-run.ts'

export type ListRequest = MessageInitShape<typeof ListRequestSchema>

/** A list of one RPC, with all the orders and the usual filters that it has. */
export interface ListCase {
  readonly rpc: string
  /** What is listed. */
  readonly scope: string
  readonly sorts: ReadonlyArray<string>
  readonly filters: Readonly<Record<string, ReadonlyArray<Filter>>>
  /** Fetches a page. */
  page(request: ListRequest): Promise<{ readonly token: string; readonly count: number }>
}

type Filter = { readonly field: string; readonly function: Filter_Function; readonly values: string[] }

const filter = (field: string, fn: Filter_Function, ...values: string[]): Filter => ({ field, function: fn, values })
const { EQUAL, VALUE_IN, CONTAINS_CASE_INSENSITIVE, GREATER_THAN } = Filter_Function

const runSorts = [
  'project',
  'domain',
  'run_name',
  'phase',
  'action_type',
  'run_source',
  'created_by_subject',
  'trigger_task_name',
  'trigger_name',
  'trigger_revision',
  'trigger_type',
  'task_project',
  'task_domain',
  'task_name',
  'task_version',
  'task_type',
  'function_name',
  'environment_name',
  'attempts',
  'created_at',
  'updated_at',
  'ended_at',
  'duration_ms',
  'labels.team',
]
const actionSorts = [
  'name',
  'phase',
  'action_type',
  'parent_name',
  'group',
  'task_name',
  'task_version',
  'environment_name',
  'attempts',
  'run_name',
  'created_at',
  'updated_at',
  'ended_at',
  'duration_ms',
]
const taskSorts = [
  'project',
  'domain',
  'name',
  'version',
  'environment',
  'function_name',
  'deployed_by',
  'created_at',
  'updated_at',
  'total_triggers',
  'active_triggers',
  'env_description',
  'short_description',
]
const triggerSorts = [
  'project',
  'domain',
  'task_name',
  'name',
  'active',
  'deployed_at',
  'updated_at',
  'task_version',
  'automation_type',
]

/** What is listed: over everything, within the largest project, and within what is largest of its kind. */
export function listCases({ runs, tasks, triggers }: Clients, filled: Filled): ReadonlyArray<ListCase> {
  const [environment] = filled.environments
  if (environment === undefined) throw new Error('the store is empty')
  const projectId = { name: 'flytesnacks', domain: 'development' }
  const taskName = { ...environment.place, name: environment.taskNames[0]! }
  const { name: run, ...place } = filled.largestRun
  const [triggerName = ''] = environment.triggers
  const listRuns = async (scopeBy: Parameters<typeof runs.listRuns>[0]['scopeBy'], request: ListRequest) => {
    const page = await runs.listRuns({ scopeBy: scopeBy!, request })
    return { token: page.token, count: page.runs.length }
  }
  const runFilters = {
    failed: [filter('phase', VALUE_IN, 'FAILED', 'TIMED_OUT')],
    mine: [filter('created_by_subject', EQUAL, 'person7@example.com')],
    team: [filter('labels.team', EQUAL, teams[1]!)],
    recent: [filter('created_at', GREATER_THAN, '2025-12-01T00:00:00Z')],
    named: [filter('task_name', CONTAINS_CASE_INSENSITIVE, 'PIPELINE17')],
    nothing: [filter('run_name', CONTAINS_CASE_INSENSITIVE, 'not there')],
  }
  return [
    {
      rpc: 'ListRuns',
      scope: 'everywhere',
      sorts: runSorts,
      filters: runFilters,
      page: (request) => listRuns({ case: 'org', value: 'tern' }, request),
    },
    {
      rpc: 'ListRuns',
      scope: 'project',
      sorts: runSorts,
      filters: runFilters,
      page: (request) => listRuns({ case: 'projectId', value: projectId }, request),
    },
    {
      rpc: 'ListRuns',
      scope: 'task',
      sorts: runSorts,
      filters: runFilters,
      page: (request) => listRuns({ case: 'taskName', value: taskName }, request),
    },
    {
      rpc: 'ListRuns',
      scope: 'trigger',
      sorts: runSorts,
      filters: {},
      page: (request) =>
        listRuns(
          { case: 'triggerName', value: { ...environment.place, taskName: taskName.name, name: triggerName } },
          request,
        ),
    },
    {
      rpc: 'ListActions',
      scope: 'largest run',
      sorts: actionSorts,
      filters: {
        failed: [filter('phase', VALUE_IN, 'FAILED', 'TIMED_OUT')],
        group: [filter('group', EQUAL, 'fold')],
        named: [filter('task_name', CONTAINS_CASE_INSENSITIVE, 'train')],
      },
      async page(request) {
        const page = await runs.listActions({ runId: { ...place, name: run }, request })
        return { token: page.token, count: page.actions.length }
      },
    },
    {
      rpc: 'ListTasks',
      scope: 'everywhere',
      sorts: taskSorts,
      filters: {
        named: [filter('name', CONTAINS_CASE_INSENSITIVE, 'Pipeline17')],
        environment: [filter('environment', EQUAL, environment.name)],
        nothing: [filter('name', CONTAINS_CASE_INSENSITIVE, 'not there')],
      },
      async page(request) {
        const page = await tasks.listTasks({ scopeBy: { case: 'org', value: 'tern' }, request })
        return { token: page.token, count: page.tasks.length }
      },
    },
    {
      rpc: 'ListTasks',
      scope: 'project',
      sorts: taskSorts,
      filters: { named: [filter('name', CONTAINS_CASE_INSENSITIVE, 'train')] },
      async page(request) {
        const page = await tasks.listTasks({ scopeBy: { case: 'projectId', value: projectId }, request })
        return { token: page.token, count: page.tasks.length }
      },
    },
    {
      rpc: 'ListVersions',
      scope: 'task',
      sorts: ['version', 'created_at'],
      filters: {},
      async page(request) {
        const page = await tasks.listVersions({ taskName, request })
        return { token: page.token, count: page.versions.length }
      },
    },
    {
      rpc: 'ListTriggers',
      scope: 'everywhere',
      sorts: triggerSorts,
      filters: {
        active: [filter('active', EQUAL, 'true')],
        named: [filter('name', CONTAINS_CASE_INSENSITIVE, 'LY_7')],
      },
      async page(request) {
        const page = await triggers.listTriggers({ scopeBy: { case: 'org', value: 'tern' }, request })
        return { token: page.token, count: page.triggers.length }
      },
    },
    {
      rpc: 'ListTriggers',
      scope: 'project',
      sorts: triggerSorts,
      filters: { active: [filter('active', EQUAL, 'true')] },
      async page(request) {
        const page = await triggers.listTriggers({ scopeBy: { case: 'projectId', value: projectId }, request })
        return { token: page.token, count: page.triggers.length }
      },
    },
  ]
}
