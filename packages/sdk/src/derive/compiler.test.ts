import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FailedPreconditionError } from '@tern/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findCompiler, loadCompiler } from './compiler.ts'

let project: string
let own: string

beforeEach(() => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tern-compiler-')))
  project = join(folder, 'project')
  own = join(folder, 'own')
  for (const each of [project, own]) mkdirSync(each)
})

afterEach(() => rmSync(join(project, '..'), { recursive: true }))

/** Installs a package that says it is of that version. */
function install(directory: string, name: string, version: string): string {
  const folder = join(directory, 'node_modules', name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version, main: 'main.cjs' }))
  writeFileSync(join(folder, 'main.cjs'), `module.exports = { version: '${version}' }`)
  return join(folder, 'main.cjs')
}

test('the compiler of the project is taken, while it has an API', () => {
  const path = install(project, 'typescript', '5.9.3')
  install(project, '@typescript/typescript6', '6.0.2')
  expect(findCompiler(project, own)).toEqual({ path, version: '5.9.3' })
  expect(loadCompiler(findCompiler(project, own), 'main.ts')).toEqual({ version: '5.9.3' })
})

test('beside TypeScript 7, the package is taken that keeps the API', () => {
  install(project, 'typescript', '7.0.2')
  const path = install(project, '@typescript/typescript6', '6.0.2')
  expect(findCompiler(project, own)).toEqual({ path, version: '6.0.2' })
})

test('the one beside the SDK is taken for files without a project', () => {
  const path = install(own, 'typescript', '6.0.3')
  expect(findCompiler(project, own)).toEqual({ path, version: '6.0.3' })
})

test('without one it is said what to install', () => {
  install(project, 'typescript', '7.0.2')
  expect(findCompiler(project, own)).toBeUndefined()
  const load = () => loadCompiler(undefined, 'main.ts')
  expect(load).toThrow(FailedPreconditionError)
  expect(load).toThrow('main.ts has tasks whose interface is in their types, and there is no compiler to read it')
  expect(load).toThrow(
    expect.objectContaining({
      hint: expect.stringContaining('npm install --save-dev @typescript/typescript6') as string,
    }) as Error,
  )
})
