import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { files, registry } from '../src/index.ts'
import { npmProtocol } from './descriptors.ts'
import { difference } from './difference.ts'

const expected = readRows('additions.expected.tsv')
/** What no published protocol has, and Tern adds to it. */
const own = readRows('additions.own.tsv')

function readRows(file: string): string[] {
  const [, ...rows] = readFileSync(new URL(file, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
  return rows
}

describe('the additions', () => {
  test('are the published differences and our own, no more and no less', () => {
    const merged = files.filter(({ proto }) => proto.package.startsWith('flyteidl2'))
    expect(difference(npmProtocol(), { files: merged }).sort()).toEqual([...expected, ...own].sort())
  })

  test('of our own take no number of a published message, enum or service', () => {
    const published = new Set(expected.map((row) => row.split('\t')[1]))
    const fields = own.map((row) => row.split('\t')).filter(([kind]) => kind !== 'method')
    expect(fields.filter(([, owner = '']) => published.has(owner) || npmProtocol().get(owner) !== undefined)).toEqual(
      [],
    )
  })

  test('reserve the number of every field that they remove', () => {
    const removed = expected.map((row) => row.split('\t')).filter(([kind]) => kind === 'removed')
    expect(removed).not.toEqual([])
    for (const [, owner = '', number] of removed) {
      const ranges = registry.getMessage(owner)?.proto.reservedRange ?? []
      expect(
        ranges.some(({ start, end }) => start <= Number(number) && Number(number) < end),
        `${owner} ${number}`,
      ).toBe(true)
    }
  })

  test('keep every file of the npm package', () => {
    const names = new Set(files.map(({ name }) => name))
    expect([...npmProtocol().files].filter(({ name }) => !names.has(name))).toEqual([])
  })
})
