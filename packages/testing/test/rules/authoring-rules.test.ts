import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { authoringRules } from './authoring-rules.ts'

const root = join(import.meta.dirname, '../../../..')
const testFiles = ['packages/*/src/**/*.test{,-d}.ts', 'packages/*/test/**/*.test.ts']

/** The rules that tests cite, by the files that do. */
function citations(): ReadonlyMap<string, ReadonlySet<string>> {
  const cited = new Map<string, Set<string>>()
  for (const file of globSync(testFiles, {
    cwd: root,
    exclude: (name) => /node_modules|\bdist\b/.test(String(name)),
  })) {
    for (const [id] of readFileSync(join(root, file), 'utf8').matchAll(/\b[A-Z]{1,3}-[1-9]\d?\b/g)) {
      cited.set(id, (cited.get(id) ?? new Set()).add(file))
    }
  }
  return cited
}

const rules = Object.entries(authoringRules).flatMap(([family, all]) =>
  all.map((rule, index) => ({ id: `${family}-${index + 1}`, rule })),
)

test('every rule of the authoring model is cited by a test, or says why not', () => {
  const cited = citations()
  const missing = rules.flatMap(({ id, rule }) =>
    typeof rule === 'string' && !cited.has(id) ? [`${id}: ${rule}`] : [],
  )
  expect(missing).toEqual([])
})

test('what says why not is cited by none', () => {
  const cited = citations()
  const both = rules.filter(({ id, rule }) => typeof rule !== 'string' && cited.has(id))
  expect(both.map(({ id }) => `${id}: ${[...(cited.get(id) ?? [])].join(', ')}`)).toEqual([])
})

test('what tests cite are rules that there are', () => {
  const known = new Set(rules.map(({ id }) => id))
  const families = new Set(Object.keys(authoringRules))
  const others = [...citations()].filter(([id]) => families.has(id.split('-')[0] ?? '') && !known.has(id))
  expect(others.map(([id, files]) => `${id}: ${[...files].join(', ')}`)).toEqual([])
})
