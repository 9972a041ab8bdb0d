import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

// Every module in a guide compiles as it stands, but for those that import another file: they need what the guides' own tests have
// beside them. What modules do when they run, those tests look at, too.

const root = join(import.meta.dirname, '..')
const guides = [
  ...globSync('docs/*.md', { cwd: root }),
  'README.md',
  ...globSync('packages/*/README.md', { cwd: root }),
]

/** The blocks of a guide that are whole modules, with the line of the guide that each begins at. */
function modulesOf(text: string): ReadonlyArray<{ readonly code: string; readonly line: number }> {
  const found = [...text.matchAll(/^```(?:ts|typescript)\n(import [^]*?)^```/gm)]
  const modules = found.map(({ 1: code = '', index }) => ({ code, line: text.slice(0, index).split('\n').length + 1 }))
  return modules.filter(({ code }) => !code.includes("from './"))
}

/** What stands for Python's in a table of two columns: expressions and statements. */
function rowsOf(text: string): ReadonlyArray<string> {
  const tables = text.matchAll(/^\| Python +\| TypeScript +\|\n\|[ |-]+\n(?<rows>(?:\|.*\n)+)/gm)
  const rows = [...tables].flatMap(({ groups }) => (groups?.['rows'] ?? '').trimEnd().split('\n'))
  return rows.flatMap((row) => {
    const code = /`(?<code>[^`]+)` *\|$/.exec(row)?.groups?.['code']
    return code === undefined || code.startsWith('tern ') ? [] : [code.replaceAll('\\|', '|')]
  })
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
  expect(compile(files)).toBe('')
})

test("the rows that compare Python's SDK with this one compile", { timeout: 120_000 }, () => {
  const text = readFileSync(join(root, 'docs/coming-from-python.md'), 'utf8')
  const rows = rowsOf(text)
  expect(rows.length).toBeGreaterThan(60)
  const own = modulesOf(text)[0]?.code ?? ''
  const names = exportedValues().filter((name) => !new RegExp(`import \\{[^}]*\\b${name}\\b`).test(own))
  const blocks = rows.map((row) => `  {\n    ${row.startsWith('new ') ? `void ${row}` : row}\n  }`)
  const lines = [
    `import { ${names.join(', ')} } from '@tern/sdk'`,
    own,
    'const client = createClient()',
    `export async function* rows() {\n${blocks.join('\n')}\n}`,
  ]
  writeFileSync(join(folder, 'coming-from-python.ts'), lines.join('\n'))
  expect(compile(['coming-from-python.ts'])).toBe('')
})

/** What the SDK's main entry exports, types aside. */
function exportedValues(): ReadonlyArray<string> {
  const entry = readFileSync(join(root, 'packages/sdk/src/index.ts'), 'utf8')
  const lists = [...entry.matchAll(/^export \{(?<names>[^}]+)\}/gm)].map(({ groups }) => groups?.['names'] ?? '')
  const names = lists.flatMap((list) => list.split(',')).map((name) => name.trim())
  return names.flatMap((name) => (name === '' || name.startsWith('type ') ? [] : (name.split(' as ').at(-1) ?? [])))
}

/** What the compiler has to say about files in the folder. */
function compile(files: ReadonlyArray<string>): string {
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      noEmit: true,
      composite: false,
      noUnusedLocals: false,
      allowUnreachableCode: true,
      allowImportingTsExtensions: true,
      rewriteRelativeImportExtensions: false,
      types: ['node'],
    },
    files,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  return spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' }).stdout
}
