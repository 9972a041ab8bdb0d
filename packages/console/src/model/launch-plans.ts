// How runs and triggers say which launch plan they are of.

/** Labels of its runs: its name and its version. */
export const planLabels = { name: 'launch-plan', version: 'launch-plan-version' } as const

const triggerPrefix = 'launch-plan:'

/** The trigger that a plan's schedule is. */
export function triggerOfPlan(plan: string): string {
  return `${triggerPrefix}${plan}`
}

/** The launch plan whose schedule a trigger is; undefined for other triggers. */
export function planOfTrigger(trigger: string): string | undefined {
  return trigger.startsWith(triggerPrefix) ? trigger.slice(triggerPrefix.length) : undefined
}

/** The launch plan that a run is of, by its labels. */
export function planOfRun(
  labels: Readonly<Record<string, string>>,
): { readonly name: string; readonly version: string } | undefined {
  const name = labels[planLabels.name]
  return name === undefined ? undefined : { name, version: labels[planLabels.version] ?? '' }
}
