import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProcess } from './process-table.ts'

/** A process group that runs an attempt, as it is noted while it does. */
export interface ProcessRecord {
  readonly pid: number
  readonly start: string
  /** The server that started it. */
  readonly server: { readonly pid: number; readonly start: string }
  /** The action that it runs: `project/domain/run/action`. */
  readonly action: string
  /** `_U_RUN_BASE` of everything that it starts. */
  readonly runBase: string
  /** `TERN_FORKS` of what it forks, if it was forked itself: that has the variables which a fork server was started with. */
  readonly forks?: string | undefined
  /** The folder that it works in, if nobody needs that after it. */
  readonly workingDir?: string
}

/**
 * Notes which processes a server has started, in a file for each, so that the next server finds those which outlived it.
 * The files need not survive the machine: its processes do not either.
 */
export class ProcessRecords {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Notes a process that was just started. Does nothing for one that is gone already. */
  add(pid: number, about: Pick<ProcessRecord, 'action' | 'runBase' | 'forks' | 'workingDir'>): void {
    const started = findProcess(pid)
    const server = findProcess(process.pid)
    if (started === undefined || server === undefined) return
    const record: ProcessRecord = {
      pid,
      start: started.start,
      server: { pid: server.pid, start: server.start },
      ...about,
    }
    mkdirSync(this.#folder, { recursive: true })
    writeFileSync(this.#fileOf(pid), JSON.stringify(record))
  }

  remove(pid: number): void {
    rmSync(this.#fileOf(pid), { force: true })
  }

  /** Processes whose server is gone. */
  left(): ProcessRecord[] {
    return this.#files().flatMap((file) => {
      const record = read(join(this.#folder, file))
      // A file that was being written when the server was killed.
      if (record === undefined) rmSync(join(this.#folder, file), { force: true })
      return record === undefined || findProcess(record.server.pid)?.start === record.server.start ? [] : [record]
    })
  }

  #files(): string[] {
    try {
      return readdirSync(this.#folder)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }

  #fileOf(pid: number): string {
    return join(this.#folder, `${pid}.json`)
  }
}

function read(path: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessRecord
  } catch {
    return undefined
  }
}
