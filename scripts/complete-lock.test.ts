import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { missingEntries } from './complete-lock.ts'

test('package-lock.json has every platform of every tool (else run `npm run lock`)', () => {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8'))
  expect(Object.keys(missingEntries(lock))).toEqual([])
})

test('a missing platform package is added with what its name says', () => {
  const missing = missingEntries({
    packages: {
      '': {},
      'node_modules/tool': {
        dev: true,
        optionalDependencies: {
          '@tool/linux-x64-musl': '1.2.3',
          '@tool/darwin-arm64': '1.2.3',
          '@tool/win32-x64': '1.2.3',
        },
      },
      'node_modules/tool/node_modules/@tool/win32-x64': { version: '1.2.3' },
    },
  })
  expect(missing).toEqual({
    'node_modules/@tool/linux-x64-musl': {
      version: '1.2.3',
      os: ['linux'],
      cpu: ['x64'],
      libc: ['musl'],
      dev: true,
      optional: true,
    },
    'node_modules/@tool/darwin-arm64': { version: '1.2.3', os: ['darwin'], cpu: ['arm64'], dev: true, optional: true },
  })
})
