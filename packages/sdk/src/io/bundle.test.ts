import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bundleFile } from '../bundling/bundle-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tern-bundle-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** What of Parquet is in the bundle of a file with these imports and this task. */
async function parquetIn(imports: string, options: string, body: string): Promise<{ reads: boolean; writes: boolean }> {
  const file = join(folder, 'tasks.ts')
  const lines = [
    `import { ${imports} } from '@tern/sdk'`,
    `const env = new TaskEnvironment({ name: 'bundled' })`,
    `export const task = env.task({ name: 'task', ${options} }, async () => ${body})`,
  ]
  await writeFile(file, lines.join('\n'))
  // Where long lines are broken, inside of strings too, depends on the lengths of paths.
  const code = Buffer.from((await bundleFile(file)).bytes)
    .toString()
    .replaceAll('\\\n', '')
  return {
    reads: code.includes('parquet file invalid'),
    writes: code.includes('parquet columns must have the same length'),
  }
}

test('only the code of tasks that use data frames carries what reads and writes them', async () => {
  expect(await parquetIn('File, TaskEnvironment', 'output: File.schema()', `File.fromText('x')`)).toEqual({
    reads: false,
    writes: false,
  })
  const rows = 'DataFrame.fromRows([{ n: 1 }])'
  expect(await parquetIn('DataFrame, TaskEnvironment', 'output: DataFrame.schema()', rows)).toEqual({
    reads: true,
    writes: true,
  })
})
