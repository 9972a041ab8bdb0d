import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

interface Diagnostic {
  readonly filename: string
  readonly code: string
}

const root = join(import.meta.dirname, '..')

/** What each file of known offences must be reported for; every rule of .config/oxlint.json has at least one. */
const offences: Record<string, string> = {
  'core/src/imports-sdk.ts': 'eslint(no-restricted-imports)',
  'sdk/src/imports-server.ts': 'eslint(no-restricted-imports)',
  'sdk/src/untyped-boundary.ts': 'typescript(explicit-module-boundary-types)',
  'server/src/correctness.ts': 'eslint(no-debugger)',
  'server/src/cycle-a.ts': 'import(no-cycle)',
  'server/src/cycle-b.ts': 'import(no-cycle)',
  'server/src/floating-connect.ts': 'typescript(no-floating-promises)',
  'server/src/floating-then.ts': 'typescript(no-floating-promises)',
  'server/src/imports-kysely.ts': 'eslint(no-restricted-imports)',
  'server/src/imports-sdk.ts': 'eslint(no-restricted-imports)',
  'server/src/misused-promise-argument.ts': 'typescript(no-misused-promises)',
  'server/src/misused-promise-condition.ts': 'typescript(no-misused-promises)',
  'server/src/prints.ts': 'eslint(no-console)',
  'server/src/store/floating-kysely.ts': 'typescript(no-floating-promises)',
  'server/src/switch-not-exhaustive.ts': 'typescript(switch-exhaustiveness-check)',
  'server/src/value-import-of-type.ts': 'typescript(consistent-type-imports)',
}

test('every lint rule reports its known offence, and nothing else', async () => {
  const found: Record<string, string> = {}
  for (const { filename, code } of await lint('offences')) {
    found[filename.replaceAll('\\', '/').replace(/^.*packages\//, '')] = code
  }
  expect(found).toEqual(offences)
})

test('clean code passes', async () => {
  expect(await lint('clean')).toEqual([])
})

function lint(fixture: string): Promise<ReadonlyArray<Diagnostic>> {
  const args = [
    '-c',
    '.config/oxlint.json',
    '--type-aware',
    '--no-ignore',
    '-f',
    'json',
    `scripts/fixtures/lint/${fixture}`,
  ]
  return new Promise((resolve, reject) => {
    execFile(join(root, 'node_modules/.bin/oxlint'), args, { cwd: root }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout).diagnostics)
      } catch {
        reject(error ?? new Error(`oxlint printed no JSON: ${stdout}${stderr}`))
      }
    })
  })
}
