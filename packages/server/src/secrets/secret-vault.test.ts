import { systemClock } from '@tern/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SecretsRepository } from '../store/secrets-repository.ts'
import { createRepositories } from '../store/repositories.ts'
import type { Store } from '../store/store.ts'
import { type FreshDatabase, testDatabase } from '../store/test/test-databases.ts'
import { SecretKey } from './secret-key.ts'
import { SecretVault } from './secret-vault.ts'

const scope = { project: 'p', domain: 'd' }
const secret = (name: string, value: string) => ({ ...scope, name, type: 0, value: new TextEncoder().encode(value) })

let database: FreshDatabase
let store: Store
let repository: SecretsRepository

beforeEach(async () => {
  database = await testDatabase.fresh()
  store = await database.open()
  repository = createRepositories(store.queries).secrets
})
afterEach(async () => {
  await store.close()
  await database.remove()
})

function vaultWith(keyByte: number): SecretVault {
  return new SecretVault({ repository, key: new SecretKey(new Uint8Array(32).fill(keyByte)), clock: systemClock })
}

async function valueOf(vault: SecretVault, name: string): Promise<string> {
  return new TextDecoder().decode((await vault.values(scope, [name])).get(name))
}

test('a server with another key neither reads nor writes secrets, and spoils none', async () => {
  const [ours, theirs] = [vaultWith(1), vaultWith(2)]
  await ours.create(secret('token', 'value'))
  const wrongKey = { code: 'failed_precondition', message: expect.stringContaining('encrypted with key') }
  await expect(theirs.create(secret('other', 'x'))).rejects.toMatchObject(wrongKey)
  await expect(theirs.replace(secret('token', 'x'))).rejects.toMatchObject(wrongKey)
  await expect(theirs.values(scope, ['token'])).rejects.toThrow('"token" cannot be opened: it is encrypted with key')
  expect(await valueOf(ours, 'token')).toBe('value')
})

test('a value that is moved to another secret does not open there', async () => {
  const vault = vaultWith(1)
  await vault.create(secret('mine', 'public'))
  await vault.create(secret('yours', 'private'))
  const [yours] = await repository.visible(scope, ['yours'])
  await repository.replace({ ...yours!, name: 'mine' }, 0)
  await expect(vault.values(scope, ['mine'])).rejects.toThrow('"mine" cannot be opened: it was changed in the database')
  expect(await valueOf(vault, 'yours')).toBe('private')
})

test('those who ask for the same at the same time share a look-up, and the next one looks again', async () => {
  const vault = vaultWith(1)
  await vault.create(secret('token', 'first'))
  const one = vault.values(scope, ['token'])
  expect(vault.values(scope, ['token'])).toBe(one)
  await one
  await vault.replace(secret('token', 'second'))
  expect(await valueOf(vault, 'token')).toBe('second')
  expect((await vault.values(scope, ['none'])).size).toBe(0)
})
