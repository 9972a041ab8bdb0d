import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Linter } from 'eslint'
import { plugin } from '@tern/sdk/eslint'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, cases, elsewhere } from '../src/workflows/lint/cases.ts'

const expected = cases.map(([line, messageId]) => ({ line, problems: messageId === undefined ? [] : [messageId] }))

describe('ESLint', () => {
  function problemsOf(code: string): string[] {
    const config = {
      languageOptions: { ecmaVersion: 2024, sourceType: 'module' },
      plugins: { tern: plugin },
      rules: { 'tern/no-ref-in-condition': 'error' },
    } as unknown as Linter.Config
    return new Linter().verify(code, [config]).map(({ messageId, message }) => messageId ?? message)
  }

  test('P-4, J-3: finds references that are used as values', () => {
    expect(cases.map(([line]) => ({ line, problems: problemsOf(bodyOf(line)) }))).toEqual(expected)
  })

  test('finds nothing where there are none', () => {
    expect(problemsOf(elsewhere)).toEqual([])
  })
})

describe('oxlint', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tern-lint-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  interface Report {
    readonly diagnostics: readonly { readonly code: string; readonly message: string; readonly filename: string }[]
  }

  async function lint(files: Readonly<Record<string, string>>): Promise<Report> {
    const jsPlugins = [{ name: 'tern', specifier: fileURLToPath(new URL('../src/eslint.ts', import.meta.url)) }]
    const rules = { 'tern/no-ref-in-condition': 'error' }
    const off = { correctness: 'off' }
    writeFileSync(join(folder, 'oxlint.json'), JSON.stringify({ jsPlugins, categories: off, rules }))
    for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code)
    const main = fileURLToPath(new URL('../../../node_modules/oxlint/bin/oxlint', import.meta.url))
    const args = [main, '-c', join(folder, 'oxlint.json'), '-f', 'json', folder]
    const output = await new Promise<string>((resolve) =>
      execFile(process.execPath, args, { cwd: folder }, (_, stdout, stderr) => resolve(stdout || stderr)),
    )
    return JSON.parse(output) as Report
  }

  test('P-4, J-3: finds the same, in TypeScript', async () => {
    const files = cases.map(([line], index) => [`case-${index}.ts`, bodyOf(line)] as const)
    const { diagnostics } = await lint({ ...Object.fromEntries(files), 'elsewhere.ts': elsewhere })
    const found = cases.map(([line], index) => ({
      line,
      problems: diagnostics.filter(({ filename }) => filename.endsWith(`case-${index}.ts`)).length,
    }))
    expect(found).toEqual(expected.map(({ line, problems }) => ({ line, problems: problems.length })))
    expect(diagnostics.filter(({ filename }) => filename.endsWith('elsewhere.ts'))).toEqual([])
    expect(diagnostics[0]).toMatchObject({ code: 'tern(no-ref-in-condition)' })
  })
})
