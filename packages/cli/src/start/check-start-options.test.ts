import { expect, test } from 'vitest'
import type { StartOptions } from '../commands/start.ts'
import { checkStartOptions, originsOf } from './check-start-options.ts'

test.each([
  [{ database: 'mysql://ada:secret@db/tern' }, '--database mysql://***@db/tern names no database that Tern has'],
  [{ smtpUrl: 'http://ada:secret@mail' }, '--smtp-url http://***@mail is no mail server'],
  [{ smtpFrom: 'tern@mail' }, '--smtp-from needs a mail server'],
  [{ database: 'mysql://ada:p@ss/word@db/tern' }, '--database mysql://***@db/tern names'],
  [{ advertiseUrl: '10.0.0.7:30080' }, '--advertise-url 10.0.0.7:30080 is not the address of a server'],
  [{ advertiseUrl: 'http://me:secret@host' }, '--advertise-url http://***@host is not'],
  [{ domains: 'a,b,a' }, '--domains names a twice'],
  [{ domains: 'a,,b' }, '--domains'],
  [{ domains: 'No Good' }, '--domains'],
  [{ storage: 's3://bucket' }, '--storage s3://bucket is not available in this version'],
  [{ host: '0.0.0.0' }, 'refusing to listen on 0.0.0.0 without authentication'],
  [{ host: '::' }, 'refusing to listen on :: without authentication'],
])('%j is refused', (options, message) => {
  expect(() => checkStartOptions(aStart(options))).toThrow(message)
})

test.each(['tools.example.com', 'https://tools.example.com/page', 'https://a.test,*'])(
  'origin %s is refused',
  (text) => {
    expect(() => originsOf(text)).toThrow(/is not the origin of web pages/)
  },
)

test.each([
  { database: 'postgres://ada@db/tern' },
  { advertiseUrl: 'http://10.0.0.7:30080/' },
  { host: 'localhost' },
  { host: '127.0.0.2' },
  { host: '::1' },
  { host: '0.0.0.0', insecure: true },
])('%j is allowed', (options) => {
  expect(() => checkStartOptions(aStart(options))).not.toThrow()
})

function aStart(options: Partial<StartOptions>): StartOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    dataDir: '.tern',
    database: 'sqlite',
    storage: 'file',
    python: 'python3',
    warmPython: true,
    domains: 'development',
    lease: '15s',
    workerIdle: '1m',
    abortGrace: '10s',
    stopGrace: '5s',
    logLevel: 'warn',
    output: 'table',
    ...options,
  }
}
