import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'

const script = join(import.meta.dirname, 'quickstart.ts')

test('shows the result of one pipeline, the failure of another, and how to go on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tern-quickstart-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  expect({ code: child.exitCode, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('summed up 48 months') })
  expect(stdout).toContain('| 2012 | 11.28 °C | 1226.0 mm | 177 | Aug | Nov |')
  expect(stdout).toMatch(/✓ 56 actions, .*\n {2}http:\/\/127\.0\.0\.1:\d+\/v2\/.*\/runs\/\w+\n/)
  expect(stdout).toMatch(/✗ BadRowError: line 5, order 1004: .*\n {2}http:\/\/127\.0\.0\.1:\d+\/v2\/.*\/runs\/\w+\n/)
  // Folders with spaces are quoted.
  expect(stdout.replaceAll("'", '')).toContain(`npx tern start --data-dir ${folder}`)
  // No colours and no moving lines where nobody watches.
  expect(stdout + stderr).not.toContain('\u001b')
})
