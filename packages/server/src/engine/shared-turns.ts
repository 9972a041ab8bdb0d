/** Where several servers work on one database: who of them computes a result that one alone is to compute. */
export interface SharedTurns {
  /** Whether this server may compute it now. If it may, nobody else may until it gives the turn back, or is gone. */
  take(key: string): Promise<boolean>
  /** To be called also for a turn that was not taken. */
  give(key: string): void
}
