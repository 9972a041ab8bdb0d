import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { files, registry } from '../src/index.ts'
import { npmProtocol } from './descriptors.ts'
import { difference } from './difference.ts'

const [, ...expected] = readFileSync(new URL('additions.expected.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')

describe('the additions', () => {
  test('are the published differences, no more and no less', () => {
    const ours = files.filter(({ proto }) => proto.package.startsWith('flyteidl2'))
    expect(difference(npmProtocol(), { files: ours }).sort()).toEqual([...expected].sort())
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
