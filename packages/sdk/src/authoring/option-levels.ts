/** Where an option can be said: in an environment, for one of its tasks, or for one call. The later ones win. */
export type OptionLevel = 'environment' | 'task' | 'override'

/** Which options are taken where. Each replaces what was said before it as a whole. */
export const optionLevels = {
  name: ['environment', 'task'],
  description: ['environment'],
  image: ['environment'],
  dependsOn: ['environment'],
  pluginConfig: ['environment'],
  resources: ['environment', 'override'],
  envVars: ['environment', 'override'],
  secrets: ['environment', 'override'],
  reusable: ['environment', 'override'],
  cache: ['environment', 'task', 'override'],
  podTemplate: ['environment', 'task', 'override'],
  interruptible: ['environment', 'task', 'override'],
  queue: ['environment', 'task', 'override'],
  inputs: ['task'],
  output: ['task'],
  outputs: ['task'],
  docs: ['task'],
  deprecated: ['task'],
  report: ['task'],
  triggers: ['task'],
  shortName: ['task', 'override'],
  retries: ['task', 'override'],
  timeout: ['task', 'override'],
  links: ['task', 'override'],
  maxInlineIoBytes: ['task', 'override'],
} as const satisfies Readonly<Record<string, readonly OptionLevel[]>>

/** The options that are taken at a level. */
export function optionsAt(level: OptionLevel): ReadonlySet<string> {
  return new Set(Object.keys(optionLevels).filter((option) => levelsOf(option).includes(level)))
}

/** Where an option is taken; nowhere, if there is none of that name. */
export function levelsOf(option: string): readonly OptionLevel[] {
  return Object.hasOwn(optionLevels, option) ? optionLevels[option as keyof typeof optionLevels] : []
}
