import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

// Every module in a guide compiles as it stands. What they do when they run, the tests of the guides look at.

const root = join(import.meta.dirname, '..')
const guides = [
  ...globSync('docs/*.md', { cwd: root }),
  'README.md',
  ...globSync('packages/*/README.md', { cwd: root }),
]

/** The blocks of a guide that are whole modules, with the line of the guide that each begins at. */
function modulesOf(text: string): ReadonlyArray<{ readonly code: string; readonly line: number }> {
  return [...text.matchAll(/^```(?:ts|typescript)\n(import [^]*?)^```/gm)].map(({ 1: code = '', index }) => ({
    code,
    line: text.slice(0, index).split('\n').length + 1,
  }))
}

// Inside the repository, where the packages that the modules import are found.
let folder: string
beforeAll(() => {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'docs-code-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the modules in the guides compile', { timeout: 120_000 }, () => {
  const files = guides.flatMap((guide) => {
    const name = guide.replaceAll('/', '-').replace('.md', '')
    return modulesOf(readFileSync(join(root, guide), 'utf8')).map(({ code, line }) => {
      const file = join(folder, `${name}-line-${line}.ts`)
      writeFileSync(file, code)
      return basename(file)
    })
  })
  expect(files.length).toBeGreaterThan(9)
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      noEmit: true,
      composite: false,
      noUnusedLocals: false,
      allowImportingTsExtensions: true,
      rewriteRelativeImportExtensions: false,
      types: ['node'],
    },
    files,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' })
  expect(stdout).toBe('')
})
