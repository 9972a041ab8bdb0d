import type { JsonObject } from '@bufbuild/protobuf'
import { checkKeys, checkBoolean, checkText, invalid, isRecord } from './check-values.ts'

/** Makes the tasks of an environment another kind of task: one that a plugin of the backend runs, or that it helps to run. */
export interface PluginConfig {
  /** The type of the tasks, by which the backend chooses who runs them, e.g. `spark`. Defaults to that of all TypeScript tasks. */
  readonly taskType?: string | undefined
  /** What the plugin is told. */
  readonly custom: JsonObject
  /** Whether processes of such tasks can be used again. Defaults to false. */
  readonly supportsReuse?: boolean | undefined
}

const keys = new Set(['taskType', 'custom', 'supportsReuse'])

/** @throws InvalidArgumentError naming what is wrong */
export function checkPluginConfig(value: unknown, isReusable: boolean): void {
  if (value === undefined) return
  if (!isRecord(value)) throw invalid('pluginConfig', 'pluginConfig must be an object')
  checkKeys(value, keys, 'pluginConfig')
  if (value['taskType'] === '') throw invalid('pluginConfig.taskType', 'pluginConfig.taskType must not be empty')
  checkText(value['taskType'], 'pluginConfig.taskType')
  checkBoolean(value['supportsReuse'], 'pluginConfig.supportsReuse')
  if (!isRecord(value['custom'])) throw invalid('pluginConfig.custom', 'pluginConfig.custom must be an object')
  if (!isReusable || value['supportsReuse'] === true) return
  throw invalid('reusable', 'reusable: tasks of this pluginConfig cannot be reused', 'Leave out one of the two.')
}
