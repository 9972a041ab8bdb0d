import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findConfigFile, searchPath } from './find-config-file.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tern-config-'))
  mkdirSync(join(root, 'project/.git'), { recursive: true })
  mkdirSync(join(root, 'project/deep/down'), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true }))

function io(env: Record<string, string> = {}) {
  return { cwd: join(root, 'project/deep/down'), homeDirectory: join(root, 'home'), env }
}

test("is searched for where Flyte's command searches", () => {
  expect(searchPath(io({ UCTL_CONFIG: '/uctl', FLYTECTL_CONFIG: '/flytectl' }))).toEqual([
    join(root, 'project/deep/down/config.yaml'),
    join(root, 'project/deep/down/.flyte/config.yaml'),
    join(root, 'project/.flyte/config.yaml'),
    '/uctl',
    '/flytectl',
    join(root, 'home/.union/config.yaml'),
    join(root, 'home/.flyte/config.yaml'),
  ])
})

test('the first that exists is taken', () => {
  expect(findConfigFile(undefined, io())).toBeUndefined()
  const inHome = write('home/.flyte/config.yaml')
  expect(findConfigFile(undefined, io())).toBe(inHome)
  const inRepository = write('project/.flyte/config.yaml')
  expect(findConfigFile(undefined, io())).toBe(inRepository)
})

test('one that is named is taken relative to the working directory', () => {
  const file = write('c.yaml')
  expect(findConfigFile('../c.yaml', { ...io(), cwd: join(root, 'project') })).toBe(file)
})

function write(path: string): string {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '')
  return file
}
