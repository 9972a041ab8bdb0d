import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const given = /(?:\bcode: |\bfailed\(\s*)'([A-Z][A-Za-z]*)'/g

/** The codes that the engine, the executors and the images give to what goes wrong with an attempt. */
function codesInSource(): ReadonlySet<string> {
  const files = globSync('packages/server/src/{engine,executors,images}/**/*.ts', { cwd: root })
  const sources = files.filter((file) => !file.endsWith('.test.ts') && !file.split('/').includes('test'))
  expect(sources.length).toBeGreaterThan(30)
  const texts = sources.map((file) => readFileSync(join(root, file), 'utf8'))
  return new Set(texts.flatMap((text) => [...text.matchAll(given)].map(([, code]) => code!)))
}

/** Those that the document explains: what its table of codes begins its rows with. */
function codesInDocument(): ReadonlyArray<string> {
  const text = readFileSync(join(root, 'docs/guarantees.md'), 'utf8')
  const section = text.slice(text.indexOf('## Error codes'), text.indexOf('## How large a machine'))
  return [...section.matchAll(/^\| `([A-Za-z]+)`/gm)].map(([, code]) => code!)
}

test('docs/guarantees.md explains each code that the engine and the executors give, and no other, once', () => {
  expect(codesInDocument().toSorted()).toEqual([...codesInSource()].toSorted())
})
