import type { LaunchPlan } from '@tern/idl/launchplan'
import type { LaunchPlanReference, TernClient } from '@tern/sdk/client'
import { orSuggest } from '../flags/not-found.ts'

/** A deployed launch plan; where there is none, the error says which name or version may have been meant. */
export function getLaunchPlan(client: TernClient, plan: LaunchPlanReference): Promise<LaunchPlan> {
  return orSuggestPlan(client.launchPlans.get(plan), plan, client)
}

/** What the server answers about a launch plan; where there is none, the error says which may have been meant. */
export function orSuggestPlan<T>(
  answer: Promise<T>,
  { name, version }: LaunchPlanReference,
  client: TernClient,
): Promise<T> {
  const names = async function* () {
    for await (const { id } of client.launchPlans.list()) yield id?.name ?? ''
    // Each of them has one of its name.
    for await (const { taskId } of client.listTasks()) yield taskId?.name ?? ''
  }
  if (version === undefined) return orSuggest(answer, name, names)
  const versions = async function* () {
    for await (const { id } of client.launchPlans.versions(name)) yield id?.version ?? ''
  }
  return orSuggest(orSuggest(answer, version, versions), name, names)
}
