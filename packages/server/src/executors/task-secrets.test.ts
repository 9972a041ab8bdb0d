import { expect, test } from 'vitest'
import type { TaskSecret } from '../engine/task-policy.ts'
import { prepareSecrets } from './task-secrets.ts'
import { aSecretSource } from './test/secret-source.ts'

const run = { project: 'p', domain: 'd', run: 'r' }
const source = aSecretSource({ 'api-key': 'value', API_KEY: 'other', bytes: new Uint8Array([0xff, 0xfe]), nul: 'a\0b' })

const secret = (key: string, more: Partial<TaskSecret> = {}): TaskSecret => ({
  key,
  group: '',
  isFile: false,
  envVar: '',
  ...more,
})
const prepare = (...wanted: TaskSecret[]) => prepareSecrets(source, run, wanted)
const failure = (code: string, message: string, kind = 'user') => ({
  outcome: 'failed',
  failure: { code, message: expect.stringContaining(message), kind, recoverable: kind === 'system' },
})

test('a secret is in the variable that the task says, or in those that it usually is in', async () => {
  expect(await prepare()).toEqual({ outcome: 'ready', env: {}, files: [] })
  expect(await prepare(secret('api-key', { envVar: 'MY_KEY' }))).toMatchObject({ env: { MY_KEY: 'value' } })
  const usual = await prepare(secret('api-key'), secret('api-key', { group: 'open-ai' }))
  expect(usual).toMatchObject({ env: { API_KEY: 'value', OPEN_AI_API_KEY: 'value', _UNION_API_KEY: 'value' } })
})

test('a secret may be a file of bytes', async () => {
  const wanted = secret('bytes', { isFile: true, envVar: 'WHERE' })
  const other = secret('bytes', { isFile: true, envVar: 'THERE' })
  const files = [{ name: 'bytes', value: new Uint8Array([0xff, 0xfe]), envVars: ['WHERE', 'THERE'] }]
  expect(await prepare(wanted, other)).toMatchObject({ outcome: 'ready', env: {}, files })
})

test('a missing secret is named, with where it could be and how to make it', async () => {
  const outcome = await prepare(secret('api-key'), secret('none'))
  expect(outcome).toEqual(failure('SecretNotFound', 'the secret "none"'))
  expect(outcome).toEqual(failure('SecretNotFound', 'project p of domain d'))
  expect(outcome).toEqual(failure('SecretNotFound', 'tern create secret none --project p --domain d'))
  expect(await prepare(secret('none'), secret('nor-this'))).toEqual(failure('SecretNotFound', '"none", "nor-this"'))
})

test.each([
  ['bytes', secret('bytes'), 'is not text'],
  ['a zero byte', secret('nul'), 'is not text'],
  ['a variable that cannot be', secret('api-key', { envVar: 'A=B' }), '"A=B"'],
  ['a group that no variable can be named after', secret('api-key', { group: '1' }), '"1_API_KEY"'],
])('%s in a variable fails', async (_what, wanted, message) => {
  expect(await prepare(wanted)).toEqual(failure('InvalidSecret', message))
})

test('two secrets cannot be one file', async () => {
  const wanted = [secret('api-key', { isFile: true }), secret('API-KEY', { isFile: true })]
  const both = aSecretSource({ 'api-key': 'a', 'API-KEY': 'b' })
  expect(await prepareSecrets(both, run, wanted)).toEqual(failure('InvalidSecret', 'would both be the file api-key'))
})

test('secrets that cannot be read are no fault of the task', async () => {
  const broken = { values: () => Promise.reject(new Error('no database')) }
  const outcome = await prepareSecrets(broken, run, [secret('api-key')])
  expect(outcome).toEqual(failure('SecretsUnavailable', 'no database', 'system'))
})
