import { migrations } from './index.ts'
import type { Migration } from './migration.ts'

export interface SchemaState {
  /** Steps that this program has and the database has not, oldest first. */
  readonly pending: ReadonlyArray<Migration>
  /** Steps that the database has and this program does not know: a newer version was here. */
  readonly unknown: ReadonlyArray<string>
}

/** Compares the names of the steps that a database has been through with those of this program. */
export function schemaState(applied: ReadonlySet<string>): SchemaState {
  const known = new Set(migrations.map(({ name }) => name))
  return {
    pending: migrations.filter(({ name }) => !applied.has(name)),
    unknown: [...applied].filter((name) => !known.has(name)),
  }
}
