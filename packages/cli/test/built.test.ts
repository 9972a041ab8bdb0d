import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { repository } from './tern-process.ts'

const built = join(repository, 'packages/cli/bin/tern.mjs')

test('the built command reads the config that Flyte writes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tern-built-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, '.flyte'))
  // A port that nobody listens on.
  writeFileSync(join(folder, '.flyte', 'config.yaml'), 'admin:\n  endpoint: dns:///localhost:1\n  insecure: true\n')
  const called = promisify(execFile)(process.execPath, [built, 'get', 'runs'], { cwd: folder })
  const { stderr } = await called.then(
    () => ({ stderr: 'it succeeded' }),
    (error: { readonly stderr: string }) => error,
  )
  expect(stderr).toContain('no server answers at http://localhost:1')
})
