import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FileStorage } from './file-storage.ts'
import { toStorageError } from './file-errors.ts'
import { RetryingStorage } from './retrying-storage.ts'
import type { Storage } from './storage.ts'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))

let base: string
let files: FileStorage
let delays: number[]

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'tern-retrying-'))
  files = new FileStorage(base)
  delays = []
})
afterEach(async () => {
  await rm(base, { recursive: true, force: true })
})

/** The files, once each operation has failed so often; and what retries them. */
function failing(code: string, times: number): RetryingStorage {
  const left = new Map<PropertyKey, number>()
  const inner = new Proxy<Storage>(files, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function' || name === 'list' || name === 'join') return value
      return async (...given: unknown[]) => {
        const failures = left.get(name) ?? times
        left.set(name, failures - 1)
        if (failures > 0) throw fault(code)
        return Reflect.apply(value, target, given) as unknown
      }
    },
  })
  return new RetryingStorage(inner, { delay: async (ms) => void delays.push(ms) })
}

function fault(code: string): unknown {
  return toStorageError(Object.assign(new Error(code), { code, errno: -1 }), 'use', '/x')
}

describe('a storage that fails for a moment', () => {
  test.each(['EROFS', 'ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'EBUSY', 'ESTALE'])(
    'because of %s works all the same',
    async (code) => {
      const uri = join(base, 'a/x')
      const storage = failing(code, 3)
      await storage.write(uri, bytes('one'))
      expect(Buffer.from(await storage.read(uri)).toString()).toBe('one')
      expect(await storage.exists(uri)).toBe(true)
      expect(await storage.stat(uri)).toMatchObject({ size: 3 })
      const chunks: Uint8Array[] = []
      for await (const chunk of await storage.readStream(uri, { start: 1 })) chunks.push(chunk)
      expect(Buffer.concat(chunks).toString()).toBe('ne')
      await storage.delete(uri)
      expect(await files.exists(uri)).toBe(false)
      expect(delays).toHaveLength(3 * 6)
    },
  )

  test('takes a stream that nothing has been taken of, once', async () => {
    async function* source(): AsyncIterable<Uint8Array> {
      yield bytes('one')
      yield bytes('two')
    }
    const uri = join(base, 'x')
    expect(await failing('EROFS', 2).writeStream(uri, source())).toMatchObject({ size: 6 })
    expect(Buffer.from(await files.read(uri)).toString()).toBe('onetwo')
  })

  test('does not take a stream again that it has taken something of', async () => {
    let taken = 0
    async function* source(): AsyncIterable<Uint8Array> {
      taken += 1
      yield bytes('one')
      throw fault('EIO')
    }
    const storage = new RetryingStorage(files, { delay: async (ms) => void delays.push(ms) })
    await expect(storage.writeStream(join(base, 'x'), source())).rejects.toMatchObject({ code: 'internal' })
    expect([taken, delays]).toEqual([1, []])
  })
})

test.each(['EACCES', 'EPERM', 'ENOENT', 'EISDIR', 'ENAMETOOLONG'])('%s is told at once', async (code) => {
  await expect(failing(code, 1).write(join(base, 'x'), bytes('1'))).rejects.toEqual(fault(code))
  expect(delays).toEqual([])
})

test('a storage that goes on failing says why, after half a minute', async () => {
  await expect(failing('EROFS', 1000).write(join(base, 'x'), bytes('1'))).rejects.toThrow(
    'the file system is read-only',
  )
  expect(delays.reduce((sum, ms) => sum + ms, 0)).toBe(30_000)
})
