import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { bundleFile } from '../bundling/bundle-file.ts'

// The bundler takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tern-workflow-bundle-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function bundleOf(...lines: readonly string[]): Promise<string> {
  const file = join(folder, 'tasks.ts')
  await writeFile(file, lines.join('\n'))
  // Where long lines are broken, inside of strings too, depends on the lengths of paths.
  return Buffer.from((await bundleFile(file)).bytes)
    .toString()
    .replaceAll('\\\n', '')
}

test('only the code of files with workflows carries what builds and runs them', async () => {
  const task = [
    `import { TaskEnvironment } from '@tern/sdk'`,
    `const env = new TaskEnvironment({ name: 'bundled' })`,
    `export const task = env.task({ name: 'task' }, () => {})`,
  ]
  const workflow = [
    `import { workflow } from '@tern/sdk/workflows'`,
    ...task,
    `export const wf = workflow({ env, name: 'wf' }, () => void task.node())`,
  ]
  const [without, withOne] = [await bundleOf(...task), await bundleOf(...workflow)]
  for (const text of ['nodes wait for each other', 'the node gave no output']) {
    expect(without).not.toContain(text)
    expect(withOne).toContain(text)
  }
})
