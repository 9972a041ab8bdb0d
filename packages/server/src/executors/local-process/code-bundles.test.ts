import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStorage } from '@tern/core/storage'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CodeBundles } from './code-bundles.ts'

let folder: string
let bundles: CodeBundles

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-bundles-'))
  bundles = new CodeBundles(join(folder, 'bundles'), createStorage(folder))
})
afterEach(() => rmSync(folder, { recursive: true }))

function aBundle(name: string): string {
  writeFileSync(join(folder, 'task.py'), name)
  execFileSync('tar', ['-czf', join(folder, name), '-C', folder, 'task.py'])
  return join(folder, name)
}

test('a bundle is unpacked once, with its archive beside', async () => {
  const uri = aBundle('fast1.tar.gz')
  const [first, second] = await Promise.all([bundles.unpack(uri), bundles.unpack(uri)])
  expect(second).toBe(first)
  expect(first.name).toBe('fast1.tar.gz')
  expect(readdirSync(first.folder).sort()).toEqual(['fast1.tar.gz', 'task.py'])
})

test('what is no bundle is refused, until it is one', async () => {
  const uri = join(folder, 'fast2.tar.gz')
  writeFileSync(uri, 'no archive')
  await expect(bundles.unpack(uri)).rejects.toThrow()
  expect(readdirSync(join(folder, 'bundles'))).toEqual([])
  aBundle('fast2.tar.gz')
  expect(existsSync(join((await bundles.unpack(uri)).folder, 'task.py'))).toBe(true)
})

test('those that were not used for the longest time make room', async () => {
  const uri = aBundle('first.tar.gz')
  const { folder: place } = await bundles.unpack(uri)
  const others = Array.from({ length: 50 }, (_, index) => aBundle(`other${index}.tar.gz`))
  for (const other of others) await bundles.unpack(other)
  expect(existsSync(place)).toBe(false)
  expect(existsSync(join((await bundles.unpack(uri)).folder, 'task.py'))).toBe(true)
})
