import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { childrenOf, statsOf } from '../process-stats.ts'
import type { Probe } from './probe.ts'
import { growthPerHour } from './trend.ts'

const everyMs = 10_000
/** Caches fill, and what is used often is compiled, in the first part of the time. */
const warmUpShare = 1 / 3

/**
 * How much may be added to each while it is looked at, by the trend. A server that leaks nothing has been seen to add
 * 0.5 to 2.5 MiB to its heap in the first minutes, all of it compiled code; one that forgot no watcher, 9 in 3 minutes.
 */
const bounds = { rssMib: 64, heapMib: 8, handles: 30, files: 30, processes: 4 }
type Kind = keyof typeof bounds
/** What a server uses at a time in seconds. */
export type Sample = Readonly<Record<Kind, number>> & { readonly at: number }

/** Looks at a server every 10 seconds. */
export class Samples {
  readonly #pid: number
  readonly #probeFile: string
  readonly #samples: Sample[] = []

  constructor(pid: number, probeFile: string) {
    this.#pid = pid
    this.#probeFile = probeFile
  }

  async takeUntil(endAt: number): Promise<void> {
    while (Date.now() < endAt) {
      await delay(Math.min(everyMs, Math.max(0, endAt - Date.now())))
      this.#take()
    }
  }

  /** What grows more than it may. */
  trends(): ReadonlyArray<string> {
    return trendsIn(this.#samples, (text) => console.log(text))
  }

  #take(): void {
    const probe = this.#probe()
    if (probe === undefined) return
    const sample = {
      at: performance.now() / 1000,
      rssMib: statsOf(this.#pid)?.rssMib ?? 0,
      ...probe,
      files: readdirSync(`/proc/${this.#pid}/fd`).length,
      processes: childrenOf(this.#pid).length,
    }
    this.#samples.push(sample)
    console.log(
      `SAMPLE_JSON:${JSON.stringify(sample, (_, value) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value))}`,
    )
  }

  #probe(): Probe | undefined {
    if (!existsSync(this.#probeFile)) return undefined
    return JSON.parse(readFileSync(this.#probeFile, 'utf8')) as Probe
  }
}

/** What grows more than it may. The first part of the time does not count. */
export function trendsIn(samples: ReadonlyArray<Sample>, print: (text: string) => void): ReadonlyArray<string> {
  const warm = samples.slice(Math.floor(samples.length * warmUpShare))
  const first = warm[0]
  const last = warm.at(-1)
  if (first === undefined || last === undefined || warm.length < 3) return ['there was no time to see a trend']
  const hours = (last.at - first.at) / 3600
  return (Object.keys(bounds) as Kind[]).flatMap((kind) => {
    const growth = growthPerHour(warm.map((sample) => ({ at: sample.at, value: sample[kind] }))) * hours
    const text = `${kind}: ${first[kind].toFixed(0)} to ${last[kind].toFixed(0)}, by the trend ${growth.toFixed(1)} more`
    print(text)
    return growth > bounds[kind] ? [`${text} than before, and ${bounds[kind]} are allowed`] : []
  })
}
