// Runs that keep a server busy, and wait for each other, for the tests of the console and its pictures.
import { create } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { ContainerSchema, Resources_ResourceName, RetryStrategySchema } from '@tern/idl/core'
import { RunSpecSchema, TaskSpecSchema } from '@tern/idl/task'
import type { ServerOptions } from '@tern/server'
import type { TernClient } from '@tern/sdk/client'

/** What a server has that these runs are for. */
export const loadOptions: Pick<ServerOptions, 'queues' | 'capacity'> = {
  queues: { gpu: { maxConcurrency: 1, priority: 5 }, nightly: { maxConcurrency: 4 } },
  capacity: { cpu: 4, memoryBytes: 16 * 2 ** 30, gpu: 1 },
}

export interface Load {
  readonly task: string
  readonly runs: number
  readonly queue?: string
  readonly cpu?: string
  readonly memory?: string
  /** What it runs, in a shell. */
  readonly script?: string
  /** It is tried again, after so long. */
  readonly backoffMs?: number
}

/** Starts runs of a command that goes on for long. @returns their names */
export async function startLoad(client: TernClient, load: Load): Promise<ReadonlyArray<string>> {
  const { task, runs, queue = '', cpu, memory, script = 'sleep 600', backoffMs } = load
  const { CPU, MEMORY } = Resources_ResourceName
  const requests = [
    ...(cpu === undefined ? [] : [{ name: CPU, value: cpu }]),
    ...(memory === undefined ? [] : [{ name: MEMORY, value: memory }]),
  ]
  const retries =
    backoffMs === undefined
      ? undefined
      : create(RetryStrategySchema, { retries: 3, backoff: { base: durationFromMs(backoffMs) } })
  const spec = create(TaskSpecSchema, {
    taskTemplate: {
      id: { name: task, version: 'v1' },
      type: 'raw-container',
      ...(retries && { metadata: { retries } }),
      target: {
        case: 'container',
        value: create(ContainerSchema, { image: 'none', command: ['sh', '-c', script], resources: { requests } }),
      },
    },
    environment: { name: task.split('.')[0] ?? '' },
    shortName: task.split('.')[1] ?? '',
  })
  const names: string[] = []
  for (let count = 0; count < runs; count++) {
    const run = await client.createRun({ task: { spec }, runSpec: create(RunSpecSchema, { queue }) })
    names.push(run.action?.id?.run?.name ?? '')
  }
  return names
}
