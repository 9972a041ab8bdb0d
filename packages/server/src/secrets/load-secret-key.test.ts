import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadSecretKey, type SecretKeyOptions } from './load-secret-key.ts'
import { SecretKey } from './secret-key.ts'

const bytes = new Uint8Array(32).fill(7)
const { id } = new SecretKey(bytes)

let dataDir: string
let logged: string

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tern-key-'))
  logged = ''
})
afterEach(() => rmSync(dataDir, { recursive: true }))

function load(options: Partial<SecretKeyOptions> = {}): Promise<SecretKey> {
  const logger = pino({}, { write: (line) => (logged += line) })
  return loadSecretKey({ dataDir, findOtherKey: async () => undefined, logger, ...options })
}

test('the first start makes a key that only its owner can read, and the next one takes it', async () => {
  const made = await load()
  const file = join(dataDir, 'secrets.key')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect((await load()).id).toBe(made.id)
  expect(Buffer.from(readFileSync(file, 'utf8'), 'base64')).toHaveLength(32)
  expect(logged).toBe('')
})

test.each([
  ['base64', Buffer.from(bytes).toString('base64')],
  ['base64url', Buffer.from(bytes).toString('base64url')],
  ['hexadecimal', Buffer.from(bytes).toString('hex')],
])('a key may be in %s', async (_name, text) => {
  expect((await load({ text })).id).toBe(id)
  const file = join(dataDir, 'my.key')
  writeFileSync(file, `${text}\n`, { mode: 0o600 })
  expect((await load({ file })).id).toBe(id)
})

test('a key may be plain bytes in a file', async () => {
  writeFileSync(join(dataDir, 'secrets.key'), bytes, { mode: 0o600 })
  expect((await load()).id).toBe(id)
})

test('a key that others can read is warned of', async () => {
  const file = join(dataDir, 'secrets.key')
  writeFileSync(file, bytes)
  chmodSync(file, 0o644)
  await load()
  expect(logged).toContain('chmod 600')
})

describe('a server does not start', () => {
  const refused = (text: string) =>
    expect.objectContaining({ code: 'secret_key', message: expect.stringContaining(text) })

  test('with what is no key, and does not say what it is', async () => {
    const error: Error = await load({ text: 'password1' }).then(
      () => new Error('was loaded'),
      (refusal: Error) => refusal,
    )
    expect(error.message).toBe('TERN_SECRET_KEY does not hold a key')
  })

  test('with a file that is not there', async () => {
    await expect(load({ file: join(dataDir, 'none.key') })).rejects.toEqual(refused('none.key does not exist'))
  })

  test('with a folder for a file', async () => {
    await expect(load({ file: dataDir })).rejects.toEqual(refused('cannot be read'))
  })

  test('with another key than that of its secrets', async () => {
    await load()
    const findOtherKey = async () => 'abc'
    await expect(load({ findOtherKey })).rejects.toEqual(refused('encrypted with key abc'))
    await expect(load({ findOtherKey, text: '0'.repeat(64) })).rejects.toEqual(refused('TERN_SECRET_KEY holds key'))
  })

  test('without the key of its secrets, and makes no other one', async () => {
    const findOtherKey = async () => 'abc'
    await expect(load({ findOtherKey })).rejects.toEqual(refused('secrets.key does not exist'))
    expect(() => statSync(join(dataDir, 'secrets.key'))).toThrow('ENOENT')
  })
})
