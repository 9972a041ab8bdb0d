import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ServerProcess } from '@tern/test-support/server-process'
import { type Measurement, measure } from './measurement.ts'
import { MemoryPeaks } from './memory-peaks.ts'
import { childrenOf } from './process-stats.ts'
import { isProfiling, type Profiling, profilingOptions } from './profiling.ts'

export interface MeasuredServerOptions {
  /** Defaults to a new folder, which is deleted in the end. */
  readonly dataDir?: string | undefined
  /** Address of its database; undefined for the embedded store. */
  readonly database: string | undefined
  readonly profiling: Profiling
}

// Workers that have nothing to do end by themselves, and write their profiles; killed ones would not.
const profiledWorkerIdle = '2s'
const longestDrainMs = 60_000

/** The built server in a process of its own, and what it costs. */
export class MeasuredServer {
  readonly url: string
  readonly #process: ServerProcess
  readonly #peaks: MemoryPeaks
  readonly #drains: boolean
  readonly #ownDataDir: string | undefined

  private constructor(process: ServerProcess, { profiling }: MeasuredServerOptions, ownDataDir: string | undefined) {
    this.#process = process
    this.#peaks = new MemoryPeaks(process.pid)
    this.#drains = isProfiling(profiling)
    this.#ownDataDir = ownDataDir
    this.url = process.url
  }

  static async start(options: MeasuredServerOptions): Promise<MeasuredServer> {
    const ownDataDir = options.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'tern-bench-')) : undefined
    if (isProfiling(options.profiling)) process.env['TERN_WORKER_IDLE'] = profiledWorkerIdle
    const server = await ServerProcess.start({
      dataDir: options.dataDir ?? ownDataDir!,
      database: options.database,
      nodeOptions: profilingOptions(options.profiling, 'server'),
    })
    return new MeasuredServer(server, options, ownDataDir)
  }

  measure(work: () => Promise<void>): Promise<Measurement> {
    return measure(this.#process.pid, this.#peaks, work)
  }

  async stop(): Promise<void> {
    const giveUpAt = Date.now() + longestDrainMs
    while (this.#drains && childrenOf(this.#process.pid).length > 0 && Date.now() < giveUpAt) await delay(100)
    this.#peaks.stop()
    await this.#process.stop()
    if (this.#ownDataDir !== undefined) rmSync(this.#ownDataDir, { recursive: true, force: true })
  }
}
