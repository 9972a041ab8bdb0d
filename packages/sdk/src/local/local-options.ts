import type { LocalClock } from './local-clock.ts'

/** What is said of a run in this process alone. */
export interface LocalOptions {
  /**
   * The SQLite file that results of cached tasks are kept in, or `':memory:'` for results that are forgotten with the process; another cache in
   * memory for each text after that.
   * Defaults to `cache.db` in the folder that `TERN_LOCAL_DIR` names, or in `.tern/local` of the working directory.
   */
  readonly cacheFile?: string | undefined
  /** A dotenv file that secrets are looked up in when they are no variables. Defaults to `.env` of the working directory. */
  readonly secretsFile?: string | undefined
  /** How long code that was told to stop may take for it, in milliseconds, until nobody waits for it. Defaults to 10,000. */
  readonly abortGraceMs?: number | undefined
  /** Whether what tasks print goes to the terminal, or only into the logs of their attempts. Defaults to `'terminal'`. */
  readonly output?: 'terminal' | 'capture' | undefined
  /** Where the run has its time from: a fake clock, in tests. Defaults to the machine's. */
  readonly clock?: LocalClock | undefined
}
