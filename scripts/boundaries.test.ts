import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { checkSql, findSql } from './check-sql.ts'

const root = join(import.meta.dirname, '..')
const packages = ['idl', 'core', 'sdk', 'server', 'cli', 'test-support', 'testing']
const trees: string[] = []

afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true })
})

const violations: Record<string, { file: string; source: string }> = {
  'idl-imports': { file: 'packages/idl/src/a.ts', source: `import '@tern/core'` },
  'core-imports': { file: 'packages/core/src/a.ts', source: `import '@tern/sdk'` },
  'sdk-imports': { file: 'packages/sdk/src/a.ts', source: `import '@tern/server'` },
  'server-imports': { file: 'packages/server/src/a.ts', source: `import type { A } from '@tern/sdk'` },
  'cli-imports': { file: 'packages/cli/src/a.ts', source: `import '@tern/testing'` },
  'testing-imports': { file: 'packages/testing/src/a.ts', source: `import '@tern/cli'` },
  'test-support-imports': { file: 'packages/test-support/src/a.ts', source: `import '@tern/cli'` },
  'front-door': { file: 'packages/cli/src/a.ts', source: `import '../../core/src/index.ts'` },
  'nothing-imports-api': { file: 'packages/server/src/engine/a.ts', source: `import '../api/service.ts'` },
  'store-is-below-the-domain': { file: 'packages/server/src/store/a.ts', source: `import '../runs/run.ts'` },
  'only-store-talks-to-a-database': { file: 'packages/server/src/runs/a.ts', source: `import 'node:sqlite'` },
  resolvable: { file: 'packages/core/src/a.ts', source: `import './missing.ts'` },
}

describe('import directions', () => {
  for (const [rule, { file, source }] of Object.entries(violations)) {
    test(`${rule} fails on ${source}`, async () => {
      const found = await cruise(aTree({ [file]: source }))
      expect(found).toEqual([`${rule}: ${file}`])
    })
  }

  test('kysely outside the store fails', async () => {
    const file = 'packages/server/src/runs/a.ts'
    const found = await cruise(aTree({ [file]: `import type { Kysely } from 'kysely'` }))
    expect(found).toEqual([`only-store-talks-to-a-database: ${file}`])
  })

  test('what the map allows passes', async () => {
    const tree = aTree({
      'packages/core/src/a.ts': `import '@tern/idl'`,
      'packages/sdk/src/a.ts': `import '@tern/core'`,
      'packages/server/src/a.ts': `import './api/service.ts'; import '@tern/core'`,
      'packages/server/src/api/a.ts': `import '../runs/run.ts'`,
      'packages/server/src/runs/a.ts': `import '../store/run-store.ts'`,
      'packages/server/src/store/a.ts': `import 'kysely'; import 'node:sqlite'`,
      'packages/cli/src/a.ts': `import '@tern/sdk'; import '@tern/server'`,
    })
    expect(await cruise(tree)).toEqual([])
  })
})

describe('SQL', () => {
  test.each([
    "db.prepare('SELECT name FROM run')",
    'exec(`\n  insert or ignore into run values (?)`)',
    "run('update run set phase = 1')",
    'x = "DELETE FROM run"',
    'sql`create table run (name text)`',
    "exec('PRAGMA journal_mode = wal')",
    "exec('begin immediate')",
    "db.selectFrom('run')",
  ])('%s is seen', (source) => {
    expect(findSql(source)).toHaveLength(1)
  })

  test.each([
    "throw new Error('select a task to run')",
    "log('update of run failed')",
    "hint: 'Delete the data folder'",
    'items.values().from(x)',
  ])('%s is not SQL', (source) => {
    expect(findSql(source)).toEqual([])
  })

  test('only the store may contain it', () => {
    const source = "const a = 1\nexport const q = 'delete from run'\n"
    const tree = aTree({ 'packages/server/src/runs/a.ts': source, 'packages/server/src/store/a.ts': source })
    expect(checkSql(tree)).toEqual(["packages/server/src/runs/a.ts:2: 'delete from"])
  })
})

/** A small workspace in a temporary folder, with our packages' names, and the files given. */
function aTree(files: Record<string, string>): string {
  const tree = mkdtempSync(join(tmpdir(), 'tern-boundaries-'))
  trees.push(tree)
  for (const name of packages) {
    const manifest = { name: `@tern/${name}`, type: 'module', exports: { '.': { '@tern/source': './src/index.ts' } } }
    write(join(tree, 'packages', name, 'package.json'), JSON.stringify(manifest))
    write(join(tree, 'packages', name, 'src/index.ts'), 'export {}')
    mkdirSync(join(tree, 'node_modules/@tern'), { recursive: true })
    symlinkSync(join(tree, 'packages', name), join(tree, 'node_modules/@tern', name), 'dir')
  }
  write(join(tree, 'node_modules/kysely/package.json'), '{ "name": "kysely", "main": "index.js" }')
  write(join(tree, 'node_modules/kysely/index.js'), '')
  write(join(tree, 'packages/server/src/api/service.ts'), 'export {}')
  write(join(tree, 'packages/server/src/runs/run.ts'), 'export {}')
  write(join(tree, 'packages/server/src/store/run-store.ts'), 'export {}')
  for (const [file, source] of Object.entries(files)) write(join(tree, file), `${source}\n`)
  return tree
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** Runs dependency-cruiser with the repository's rules; gives `rule: file` for each violation. */
function cruise(cwd: string): Promise<ReadonlyArray<string>> {
  const config = join(root, '.config/dependency-cruiser.mjs')
  const args = ['--config', config, '--output-type', 'json', 'packages']
  return new Promise((resolve, reject) => {
    execFile(join(root, 'node_modules/.bin/depcruise'), args, { cwd, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      try {
        const { violations } = JSON.parse(stdout).summary
        resolve(violations.map((violation: Violation) => `${violation.rule.name}: ${violation.from}`))
      } catch {
        reject(error ?? new Error(`dependency-cruiser printed no JSON: ${stdout}${stderr}`))
      }
    })
  })
}

interface Violation {
  readonly rule: { readonly name: string }
  readonly from: string
}
