import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { NotFoundError } from '@tern/core'
import { type Columns, inferColumns, type Row } from './columns.ts'
import { nameOf, pathContent, readAll } from './content.ts'
import { gone } from './file.ts'
import { localFolder } from './folder-content.ts'
import type { FolderContent, Place, Put } from './place.ts'
import type { Reader } from './reader.ts'
import { batchesOf, type Rows } from './rows.ts'
import type { TableFile } from './table.ts'

// So many are in memory at once while they are written.
const rowsInGroup = 10_000

/** The folder of a table that is written from rows. */
export function parquetFolder(rows: Rows<Row>, columns: Columns | undefined): FolderContent {
  const content = {
    isRepeatable: Array.isArray(rows),
    async *open() {
      const { first, batches } = await batchesOf(rows, rowsInGroup)
      const { writeParquet } = await import('./parquet-write.ts')
      yield* writeParquet(batches, columns ?? inferColumns(first))
    },
  }
  return {
    async *files() {
      // The name that Flyte's SDK gives to the first part of a table.
      yield { path: '00000', content }
    },
  }
}

/** Puts a file of this machine, or a folder of them, where tables go. */
export async function putLocal(path: string, place: Place): Promise<Put> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new NotFoundError(`there is no file ${path} on this machine`)
  return found.isDirectory()
    ? place.putFolder(basename(path), localFolder(path))
    : place.putFile(basename(path), pathContent(path))
}

/** The files that a table consists of. What begins with a dot or underscore is not of it, as for other readers of Parquet. */
export async function tableFiles(uri: string, reader: Reader): Promise<TableFile[]> {
  const size = await reader.sizeOf(uri)
  if (size !== undefined) return [tableFile(uri, size, reader)]
  const files: TableFile[] = []
  for await (const part of reader.list(uri)) {
    if (!/^[._]/.test(nameOf(part.uri))) files.push(tableFile(part.uri, part.size, reader))
  }
  if (files.length === 0) throw gone(uri)
  return files
}

function tableFile(uri: string, size: number, reader: Reader): TableFile {
  return {
    uri,
    size,
    read: async (start, end) => readAll(await reader.open(uri, { start, end })),
    async *stream() {
      yield* await reader.open(uri)
    },
  }
}
