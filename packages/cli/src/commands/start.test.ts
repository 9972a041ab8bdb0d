import { expect, test } from 'vitest'
import { checkStartOptions, readyText, type StartOptions } from './start.ts'

test.each([
  [{ database: 'mysql://ada:secret@db/tern' }, '--database mysql://***@db/tern names no database that Tern has'],
  [{ storage: 's3://bucket' }, '--storage s3://bucket is not available in this version'],
  [{ host: '0.0.0.0' }, 'refusing to listen on 0.0.0.0 without authentication'],
  [{ host: '::' }, 'refusing to listen on :: without authentication'],
])('%j is refused', (options, message) => {
  expect(() => checkStartOptions(aStart(options))).toThrow(message)
})

test.each([
  { database: 'postgres://ada@db/tern' },
  { host: 'localhost' },
  { host: '127.0.0.2' },
  { host: '::1' },
  { host: '0.0.0.0', insecure: true },
])('%j is allowed', (options) => {
  expect(() => checkStartOptions(aStart(options))).not.toThrow()
})

test('the ready line has the address and the folder', () => {
  const ready = { url: 'http://127.0.0.1:1', host: '127.0.0.1', port: 1, dataDir: '/a/b/.tern', pid: 1, version: '1' }
  expect(readyText(ready, '/a/b')).toBe('Tern is ready at http://127.0.0.1:1 (data in .tern; stop it with Ctrl-C)\n')
  expect(readyText(ready, '/c')).toContain('data in /a/b/.tern;')
})

function aStart(options: Partial<StartOptions>): StartOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    dataDir: '.tern',
    database: 'sqlite',
    storage: 'file',
    python: 'python3',
    logLevel: 'warn',
    output: 'table',
    ...options,
  }
}
