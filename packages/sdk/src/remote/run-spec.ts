import { create } from '@bufbuild/protobuf'
import { InvalidArgumentError } from '@tern/core'
import { type RunSpec, RunSpecSchema } from '@tern/idl/task'
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
  if (!Number.isInteger(maxActionConcurrency) || maxActionConcurrency < 0 || maxActionConcurrency === 1) {
    throw new InvalidArgumentError(`maxActionConcurrency ${maxActionConcurrency} must be 0 (no limit), or 2 or more`, {
      field: 'maxActionConcurrency',
      hint: 'With 1, a task that waits for another would wait forever.',
    })
  }
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
