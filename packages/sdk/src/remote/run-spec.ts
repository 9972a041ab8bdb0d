import { create } from '@bufbuild/protobuf'
import { type RunSpec, RunSpecSchema } from '@tern/idl/task'
import { checkRunOptions } from '../authoring/check-run-options.ts'
import { toNotificationSettings } from '../authoring/notify.ts'
import type { RunOptions } from '../authoring/run-handle.ts'

/**
 * The options of a run as the wire has them.
 *
 * @throws InvalidArgumentError naming the option that is wrong
 */
export function toRunSpec(options: RunOptions): RunSpec {
  const {
    envVars,
    labels,
    annotations,
    interruptible,
    queue = '',
    maxActionConcurrency = 0,
    overwriteCache = false,
  } = options
  checkRunOptions({ envVars, maxActionConcurrency })
  return create(RunSpecSchema, {
    ...(envVars === undefined
      ? {}
      : { envs: { values: Object.entries(envVars).map(([key, value]) => ({ key, value })) } }),
    ...(labels === undefined ? {} : { labels: { values: { ...labels } } }),
    ...(annotations === undefined ? {} : { annotations: { values: { ...annotations } } }),
    ...(interruptible === undefined ? {} : { interruptible }),
    queue,
    maxActionConcurrency,
    notificationSettings: toNotificationSettings(options.notify),
    overwriteCache,
    cacheConfig: { overwriteCache },
  })
}
