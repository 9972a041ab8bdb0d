import type { Clients } from '../clients.ts'
import type { Filled } from './fill.ts'
import { Latencies } from './latencies.ts'

export interface Creation {
  readonly perSecond: number
  readonly latencies: Latencies
}

/** Starts runs of a deployed task for some seconds, each client one after another. */
export async function measureCreation(
  { runs }: Clients,
  { environments }: Filled,
  { clients, seconds }: { readonly clients: number; readonly seconds: number },
): Promise<Creation> {
  const { place, taskNames, versions } = environments[0]!
  const taskId = { ...place, name: taskNames[0]!, version: versions.at(-1)! }
  const latencies = new Latencies()
  const begin = performance.now()
  const end = begin + seconds * 1000
  async function createUntilEnd(): Promise<void> {
    while (performance.now() < end) {
      await latencies.time(() =>
        runs.createRun({
          id: { case: 'projectId', value: { name: place.project, domain: place.domain } },
          task: { case: 'taskId', value: taskId },
          inputWrapper: { case: 'inputs', value: oneInput },
        }),
      )
    }
  }
  await Promise.all(Array.from({ length: clients }, createUntilEnd))
  return { perSecond: latencies.count / ((performance.now() - begin) / 1000), latencies }
}

const integer = (value: bigint) =>
  ({
    value: { case: 'scalar', value: { value: { case: 'primitive', value: { value: { case: 'integer', value } } } } },
  }) as const
const oneInput = { literals: [{ name: 'x', value: integer(42n) }] }
