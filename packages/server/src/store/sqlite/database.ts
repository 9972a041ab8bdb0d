import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeDataFolder, notWritable } from '../data-folder.ts'
import type { DialectTypes } from '../migrations/migration.ts'
import { schemaState } from '../migrations/pending.ts'
import { DataFolderError } from '../store-errors.ts'

const types: DialectTypes = { dialect: 'sqlite', text: 'text', bytes: 'blob', autoId: 'integer primary key' }

/**
 * Opens the embedded database of a data folder, creating both when they do not exist, and brings its tables up to date.
 *
 * Throws DataFolderError when the folder cannot be written, is in use by another server, or was written by a newer
 * version of Tern.
 */
export function openDatabase(dataDir: string): DatabaseSync {
  const folder = resolve(dataDir)
  const database = openFile(folder)
  try {
    configure(database, folder)
    migrate(database, folder)
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

function openFile(folder: string): DatabaseSync {
  makeDataFolder(folder)
  try {
    return new DatabaseSync(join(folder, 'tern.db'))
  } catch (cause) {
    throw notWritable(folder, cause)
  }
}

function configure(database: DatabaseSync, folder: string): void {
  try {
    // One server owns the folder: the exclusive lock keeps a second one out, goes with the process however it ends, and
    // spares WAL its shared memory.
    database.exec(`
      pragma busy_timeout = 0;
      pragma locking_mode = exclusive;
      pragma journal_mode = wal;
      pragma synchronous = full;
      pragma cache_size = -16384;
      pragma temp_store = memory;
      begin immediate;
      commit;
    `)
  } catch (cause) {
    if (isLocked(cause)) {
      throw new DataFolderError(`the data folder ${folder} is in use by another Tern server`, {
        hint: 'Stop that server, or give this one a folder of its own with --data-dir.',
        cause,
      })
    }
    throw notWritable(folder, cause)
  }
}

function migrate(database: DatabaseSync, folder: string): void {
  database.exec('create table if not exists schema_migrations (name text primary key, applied_at integer not null)')
  const applied = new Set(
    database
      .prepare('select name from schema_migrations')
      .all()
      .map((row) => String(row['name'])),
  )
  const { pending, unknown } = schemaState(applied)
  if (unknown.length > 0) {
    throw new DataFolderError(
      `the data folder ${folder} was written by a newer version of Tern (it has ${unknown.join(', ')})`,
      {
        hint: 'Run that version, or use another folder with --data-dir.',
      },
    )
  }
  for (const migration of pending) {
    database.exec('begin immediate')
    try {
      for (const statement of migration.statements(types)) database.exec(statement)
      database.prepare('insert into schema_migrations values (?, ?)').run(migration.name, Date.now())
      database.exec('commit')
    } catch (error) {
      database.exec('rollback')
      throw error
    }
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && /database is locked|busy/i.test(error.message)
}
