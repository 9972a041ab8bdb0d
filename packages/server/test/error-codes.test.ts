import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type FailureKind, failureKinds, failureOf } from '../src/engine/failure-kinds.ts'

const root = join(import.meta.dirname, '../../..')
const codes: ReadonlyArray<string> = Object.keys(failureKinds)
const given = /(?:\bcode: |\bfailed\(\s*|\bfailureOf\(\s*)'([A-Z][A-Za-z]*)'/g

/** What the state machine, the engine, the executors and the images are made of, without the table of codes itself. */
const source = sourcesOf('packages/{core/src/engine,server/src/{engine,executors,images}}/**/*.ts').join('\n')

function sourcesOf(pattern: string): string[] {
  const files = globSync(pattern, { cwd: root }).filter(
    (file) => !file.endsWith('.test.ts') && !file.endsWith('failure-kinds.ts') && !file.split('/').includes('test'),
  )
  expect(files.length).toBeGreaterThan(30)
  return files.map((file) => readFileSync(join(root, file), 'utf8'))
}

/** The rows of the document's table of codes: each code, and its kind. */
function rowsOfDocument(): ReadonlyArray<string> {
  const text = readFileSync(join(root, 'docs/guarantees.md'), 'utf8')
  const section = text.slice(text.indexOf('## Error codes'), text.indexOf('## How large a machine'))
  return [...section.matchAll(/^\| `([A-Za-z]+)` *\| ([a-z, ]*?) *\|/gm)].map(([, code, kind]) => `${code}: ${kind}`)
}

test('each code that is given to a failure is in the one table of them', () => {
  const found = new Set([...source.matchAll(given)].map(([, code]) => code!))
  expect(found.size).toBeGreaterThan(15)
  expect([...found].filter((code) => !codes.includes(code))).toEqual([])
})

test('each code of the table is given to something', () => {
  expect(codes.filter((code) => !source.includes(`'${code}'`))).toEqual([])
})

test('docs/guarantees.md explains each of them, once, with its kind', () => {
  const kindOf = ({ kind, recoverable }: FailureKind): string => (recoverable ? kind : `${kind}, final`)
  const expected = Object.entries(failureKinds).map(([code, kind]) => `${code}: ${kindOf(kind)}`)
  expect(rowsOfDocument().toSorted()).toEqual(expected.toSorted())
})

describe('what is no fault of the task is paid by the system', () => {
  test.each([
    'Interrupted',
    'OOMKilled',
    'SpawnFailed',
    'StorageUnavailable',
    'StoreUnreadable',
    'WorkerLost',
  ] as const)('%s', (code) => {
    expect(failureOf(code, 'm')).toEqual({ code, message: 'm', kind: 'system', recoverable: true })
  })
})
