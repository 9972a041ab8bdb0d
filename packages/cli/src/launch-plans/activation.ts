import type { LaunchPlanReference, TernClient } from '@tern/sdk/client'
import type { TextStyle } from '../output/print-result.ts'
import { orSuggestPlan } from './find-launch-plan.ts'

/** Which version of a launch plan is active from now on, also as `-o json`. */
export interface ActivationView {
  readonly name: string
  readonly project: string
  readonly domain: string
  /** Null when none is. */
  readonly activeVersion: string | null
  /** The one that was active until now; null if none was. */
  readonly previousVersion: string | null
}

/** Makes a version the active one. */
export async function activate(client: TernClient, plan: LaunchPlanReference): Promise<ActivationView> {
  const previous = await orSuggestPlan(client.launchPlans.activate(plan), plan, client)
  const { id } = await client.launchPlans.get({ name: plan.name, ...(plan.version && { version: plan.version }) })
  return toView(client, plan.name, id?.version ?? null, previous)
}

/** Leaves no version active. */
export async function deactivate(client: TernClient, plan: LaunchPlanReference): Promise<ActivationView> {
  const previous = await orSuggestPlan(client.launchPlans.deactivate(plan), plan, client)
  return toView(client, plan.name, null, previous)
}

function toView(
  { configuration: { project, domain } }: TernClient,
  name: string,
  activeVersion: string | null,
  previousVersion: string | undefined,
): ActivationView {
  return { name, project, domain, activeVersion, previousVersion: previousVersion ?? null }
}

export function activatedText({ name, activeVersion, previousVersion }: ActivationView, { colors }: TextStyle): string {
  if (activeVersion === null) {
    return previousVersion === null
      ? `No version of ${name} was active.\n`
      : `Deactivated ${name}: version ${previousVersion} is no longer active.\n`
  }
  if (activeVersion === previousVersion) return `Version ${activeVersion} of ${name} is active already.\n`
  const instead = previousVersion === null ? '' : `, instead of ${previousVersion}`
  return `${colors.green('Activated')} version ${activeVersion} of ${name}${instead}.\n`
}
