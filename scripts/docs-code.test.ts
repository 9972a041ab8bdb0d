import { execFile } from 'node:child_process'
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

/** What stands for another SDK's in a table of two columns: expressions and statements. */
function rowsOf(text: string): ReadonlyArray<string> {
  const tables = text.matchAll(/^\| (?:Python|Flyte 1) +\| TypeScript +\|\n\|[ |-]+\n(?<rows>(?:\|.*\n)+)/gm)
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

test('the modules in the guides compile', async () => {
  const files = guides.flatMap((guide) => {
    const name = guide.replaceAll('/', '-').replace('.md', '')
    return modulesOf(readFileSync(join(root, guide), 'utf8')).map(({ code, line }) => {
      const file = join(folder, `${name}-line-${line}.ts`)
      writeFileSync(file, code)
      return basename(file)
    })
  })
  expect(files.length).toBeGreaterThan(9)
  expect(await compile(files)).toBe('')
})

// What the rows about graphs call and take beside what the guide's own module has.
const ofFlyte1 = `
  const double = env.task({ name: 'double', inputs: { n: z.int() }, output: z.int() }, ({ n }) => 2 * n)
  const add = env.task({ name: 'add', inputs: { a: z.int(), b: z.int() }, output: z.int() }, ({ a, b }) => a + b)
  const inner = workflow({ env, name: 'inner', inputs: { n: z.int() }, output: z.int() }, ({ n }) => double.node({ n }))
  const Item = z.object({ rows: z.array(z.object({ n: z.int() })), isNew: z.boolean(), note: z.string().nullable() })
  const find = env.task({ name: 'find', output: Item }, () => ({ rows: [], isNew: true, note: null }))
  const [x, item] = [double.node({ n: 1 }), find.node()]
`

test.each([
  ['coming-from-python', 60, ''],
  ['coming-from-flyte-1', 50, ofFlyte1],
])('the rows of %s compile', async (guide, count, own) => {
  const text = readFileSync(join(root, `docs/${guide}.md`), 'utf8')
  const rows = rowsOf(text)
  expect(rows.length).toBeGreaterThan(count)
  const module = modulesOf(text)[0]?.code ?? ''
  const names = exportedValues().filter((name) => !new RegExp(`import \\{[^}]*\\b${name}\\b`).test(module))
  const blocks = rows.map((row) => `  {\n    ${row.startsWith('new ') ? `void ${row}` : row}\n  }`)
  const lines = [
    `import { ${names.join(', ')} } from '@tern/sdk'`,
    module,
    'const client = createClient()',
    `export async function* rows() {${own}\n${blocks.join('\n')}\n}`,
  ]
  writeFileSync(join(folder, `${guide}.ts`), lines.join('\n'))
  expect(await compile([`${guide}.ts`])).toBe('')
})

/** What the SDK's main entry exports, types aside. */
function exportedValues(): ReadonlyArray<string> {
  const entry = readFileSync(join(root, 'packages/sdk/src/index.ts'), 'utf8')
  const lists = [...entry.matchAll(/^export \{(?<names>[^}]+)\}/gm)].map(({ groups }) => groups?.['names'] ?? '')
  const names = lists.flatMap((list) => list.split(',')).map((name) => name.trim())
  return names.flatMap((name) => (name === '' || name.startsWith('type ') ? [] : (name.split(' as ').at(-1) ?? [])))
}

/** What the compiler has to say about files in the folder. */
function compile(files: ReadonlyArray<string>): Promise<string> {
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
  // This process stays free to answer the test runner, however long that takes.
  return new Promise((resolve) =>
    execFile(join(root, 'node_modules/.bin/tsc'), ['-p', folder], (_, stdout, stderr) => resolve(stdout + stderr)),
  )
}
