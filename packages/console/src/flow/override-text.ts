import { Resources_ResourceName } from '@tern/idl/core'
import type { TaskOverrides } from '@tern/idl/graph'
import { durationMsOf, formatMs } from '../model/times.ts'

export interface OverrideText {
  readonly label: string
  readonly value: string
}

const resources: Readonly<Record<number, string>> = {
  [Resources_ResourceName.CPU]: 'CPU',
  [Resources_ResourceName.GPU]: 'GPU',
  [Resources_ResourceName.MEMORY]: 'memory',
  [Resources_ResourceName.STORAGE]: 'storage',
  [Resources_ResourceName.EPHEMERAL_STORAGE]: 'ephemeral storage',
}

/** What a node does otherwise than its task says, one thing a line. */
export function overrideTexts(overrides: TaskOverrides | undefined): ReadonlyArray<OverrideText> {
  if (overrides === undefined) return []
  const { retries, timeout, timeouts, interruptible, cache, queue, image, env, extendedResources } = overrides
  const timeoutMs = durationMsOf(timeout)
  const lines: ReadonlyArray<readonly [string, string | undefined]> = [
    ['Retries', retries && String(retries.retries)],
    ['Timeout', timeoutMs === undefined ? undefined : timeoutMs === 0 ? 'none' : formatMs(timeoutMs)],
    ['In the queue at most', timeouts?.queuedTimeout && formatMs(durationMsOf(timeouts.queuedTimeout) ?? 0)],
    ['In all at most', timeouts?.deadline && formatMs(durationMsOf(timeouts.deadline) ?? 0)],
    ['Asks for', entriesText(overrides.resources?.requests)],
    ['At most', entriesText(overrides.resources?.limits)],
    ['Accelerator', extendedResources?.gpuAccelerator?.device],
    ['Shared memory', extendedResources?.sharedMemory?.sizeLimit],
    ['Interruptible', interruptible === undefined ? undefined : interruptible ? 'yes' : 'no'],
    [
      'Cache',
      cache && (cache.enabled ? ['on', cache.version && `version ${cache.version}`].filter(Boolean).join(', ') : 'off'),
    ],
    ['Queue', queue],
    ['Image', image],
    ['Variables', env.map(({ key, value }) => `${key}=${value}`).join(', ')],
  ]
  return lines.flatMap(([label, value]) => (value === undefined || value === '' ? [] : [{ label, value }]))
}

function entriesText(
  entries: ReadonlyArray<{ readonly name: number; readonly value: string }> | undefined,
): string | undefined {
  return entries?.map(({ name, value }) => `${value} ${resources[name] ?? 'of something'}`).join(', ')
}
