import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// Writes docs/api, the reference of the SDK, from its docstrings. With --check, only says whether that would change anything.

const root = join(import.meta.dirname, '..')
const reference = join(root, 'docs/api')

function generate(folder: string): void {
  const typedoc = join(root, 'docs/node_modules/typedoc/bin/typedoc')
  execFileSync(process.execPath, [typedoc, '--options', join(root, '.config/typedoc.json'), '--out', folder], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

function filesIn(folder: string): ReadonlyMap<string, string> {
  if (!existsSync(folder)) return new Map()
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    entries.map(({ parentPath, name }) => [
      join(parentPath.slice(folder.length), name),
      readFileSync(join(parentPath, name), 'utf8'),
    ]),
  )
}

function check(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tern-api-reference-'))
  try {
    generate(folder)
    const [stored, made] = [filesIn(reference), filesIn(folder)]
    const changed = [...new Set([...stored.keys(), ...made.keys()])].filter(
      (file) => stored.get(file) !== made.get(file),
    )
    if (changed.length === 0) return
    console.error(`docs/api is not what the docstrings say: ${changed.join(', ')}; run \`npm run api-reference\``)
    process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv.includes('--check')) check()
else {
  rmSync(reference, { recursive: true, force: true })
  generate(reference)
}
