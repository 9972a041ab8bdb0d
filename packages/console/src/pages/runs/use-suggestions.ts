import { useQuery } from '@connectrpc/connect-query'
import { keepPreviousData } from '@tanstack/react-query'
import { Filter_Function } from '@tern/idl/common'
import { LaunchPlanService } from '@tern/idl/launchplan'
import { TaskService } from '@tern/idl/task'
import { TriggerService } from '@tern/idl/trigger'
import type { Run } from '@tern/idl/workflow'
import { useScope } from '../../app/scope.ts'
import type { Suggestion } from './suggest-field.tsx'

const most = 20

function contains(field: string, text: string) {
  return text === '' ? [] : [{ field, function: Filter_Function.CONTAINS_CASE_INSENSITIVE, values: [text] }]
}

function useProject() {
  const { project, domain } = useScope()
  return { scopeBy: { case: 'projectId' as const, value: { name: project, domain } } }
}

/** Deployed tasks with this in their names. */
export function useTaskNames(text: string): ReadonlyArray<Suggestion> {
  const { data } = useQuery(
    TaskService.method.listTasks,
    { ...useProject(), request: { limit: most, filters: contains('name', text) } },
    { placeholderData: keepPreviousData, retry: false },
  )
  return (data?.tasks ?? []).map(({ taskId }) => ({ value: taskId?.name ?? '' }))
}

/** Triggers with this in their names. */
export function useTriggerNames(text: string): ReadonlyArray<Suggestion> {
  const { data } = useQuery(
    TriggerService.method.listTriggers,
    { ...useProject(), request: { limit: most, filters: contains('name', text) } },
    { placeholderData: keepPreviousData, retry: false },
  )
  const names = new Set((data?.triggers ?? []).flatMap(({ id }) => id?.name?.name ?? []))
  return [...names].map((value) => ({ value }))
}

/** Launch plans with this in their names. */
export function usePlanNames(text: string): ReadonlyArray<Suggestion> {
  const { scopeBy: scope } = useProject()
  const { data } = useQuery(
    LaunchPlanService.method.listLaunchPlans,
    { scope, request: { limit: most, filters: contains('name', text) } },
    { placeholderData: keepPreviousData, retry: false },
  )
  return (data?.launchPlans ?? []).map(({ id }) => ({ value: id?.name ?? '' }))
}

/** Who started these runs. */
export function usePeople(runs: ReadonlyArray<Run>): ReadonlyArray<Suggestion> {
  const people = new Map<string, Suggestion>()
  for (const { action } of runs) {
    const principal = action?.metadata?.executedBy?.principal
    if (principal?.case !== 'user') continue
    const { id, spec } = principal.value
    const name = spec?.email || `${spec?.firstName ?? ''} ${spec?.lastName ?? ''}`.trim()
    const value = id?.subject ?? ''
    if (value !== '') people.set(value, { value, label: name === '' ? value : name })
  }
  return [...people.values()]
}
