import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toTaskFailure } from '../task-error.ts'
import { createStorage } from './create-storage.ts'
import { toStorageError } from './file-errors.ts'
import { FileStorage } from './file-storage.ts'

let base: string
let storage: FileStorage

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'tern-storage-'))
  storage = new FileStorage(join(base, 'root'))
})

afterEach(async () => {
  await rm(base, { recursive: true, force: true })
})

const bytes = (text: string) => new Uint8Array(Buffer.from(text))
const at = (...parts: string[]) => storage.join(storage.root, ...parts)

async function* stream(...chunks: string[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield bytes(chunk)
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function uris(prefix: string): Promise<string[]> {
  const found: string[] = []
  for await (const object of storage.list(prefix)) found.push(object.uri)
  return found
}

describe('file storage', () => {
  test('reads what was written, making directories on the way', async () => {
    await storage.write(at('a/b/c.pb'), bytes('hello'))
    expect(Buffer.from(await storage.read(at('a/b/c.pb'))).toString()).toBe('hello')
    expect(await storage.stat(at('a/b/c.pb'))).toMatchObject({ uri: at('a/b/c.pb'), size: 5 })
  })

  test('replaces what is there', async () => {
    await storage.write(at('x'), bytes('old'))
    await storage.write(at('x'), bytes('new'))
    expect(Buffer.from(await storage.read(at('x'))).toString()).toBe('new')
  })

  test('leaves the old object when a write fails half way, and no part of the new one', async () => {
    await storage.write(at('x'), bytes('old'))
    async function* failing() {
      yield bytes('half')
      throw new Error('the client went away')
    }
    await expect(storage.writeStream(at('x'), failing())).rejects.toThrow('the client went away')
    expect(Buffer.from(await storage.read(at('x'))).toString()).toBe('old')
    expect(await readdir(storage.root)).toEqual(['x'])
  })

  test('understands file URIs, and gives out plain paths', async () => {
    await storage.write(pathToFileURL(at('with space')).href, bytes('a'))
    expect(await uris(storage.root)).toEqual([at('with space')])
  })

  test('refuses to read more than it may', async () => {
    await storage.write(at('x'), bytes('12345'))
    await expect(storage.read(at('x'), { maxBytes: 4 })).rejects.toMatchObject({ code: 'resource_exhausted' })
    expect(await storage.read(at('x'), { maxBytes: 5 })).toHaveLength(5)
  })

  test('reads a part of an object', async () => {
    await storage.write(at('x'), bytes('0123456789'))
    expect(await collect(await storage.readStream(at('x')))).toBe('0123456789')
    expect(await collect(await storage.readStream(at('x'), { start: 2, end: 5 }))).toBe('234')
    expect(await collect(await storage.readStream(at('x'), { start: 5, end: 5 }))).toBe('')
  })

  test('says at once that there is nothing to stream', async () => {
    await expect(storage.readStream(at('x'))).rejects.toMatchObject({ code: 'not_found' })
  })

  test('tells what is there from what is not', async () => {
    await storage.write(at('a/x'), bytes('1'))
    expect(await storage.exists(at('a/x'))).toBe(true)
    expect(await storage.exists(at('a/y'))).toBe(false)
    expect(await storage.exists(at('a/x/y'))).toBe(false)
    expect(await storage.exists(at('a'))).toBe(false)
    await expect(storage.read(at('a/y'))).rejects.toThrow(`${at('a/y')} does not exist`)
  })

  test('lists objects at all depths, by name', async () => {
    for (const name of ['b', 'a/2', 'a/1/z']) await storage.write(at(name), bytes('1'))
    expect(await uris(storage.root)).toEqual([at('a/1/z'), at('a/2'), at('b')])
    expect(await uris(at('a/1'))).toEqual([at('a/1/z')])
    expect(await uris(at('none'))).toEqual([])
  })

  test('does not list what is still being written', async () => {
    const writing = Promise.withResolvers<void>()
    async function* slow() {
      yield bytes('1')
      await writing.promise
    }
    await storage.write(at('done'), bytes('1'))
    const write = storage.writeStream(at('x'), slow())
    expect(await uris(storage.root)).toEqual([at('done')])
    writing.resolve()
    await write
    expect(await uris(storage.root)).toEqual([at('done'), at('x')])
  })

  test('deletes an object, or all below a prefix', async () => {
    for (const name of ['a/1', 'a/2', 'b']) await storage.write(at(name), bytes('1'))
    await storage.delete(at('a'))
    await storage.delete(at('none/at/all'))
    expect(await uris(storage.root)).toEqual([at('b')])
    await expect(storage.delete(storage.root)).rejects.toThrow('refusing to delete all of the storage')
  })

  test('works the same without syncing', async () => {
    const quick = new FileStorage(storage.root, { fsync: false })
    await quick.write(at('x'), bytes('1'))
    expect(await quick.exists(at('x'))).toBe(true)
  })
})

describe('a streaming write', () => {
  test('reports size and MD5', async () => {
    const md5 = new Uint8Array(createHash('md5').update('hello world').digest())
    expect(await storage.writeStream(at('x'), stream('hello', ' world'), { md5, maxBytes: 11 })).toEqual({
      size: 11,
      md5,
    })
    expect(Buffer.from(await storage.read(at('x'))).toString()).toBe('hello world')
  })

  test('stops at its limit and leaves nothing', async () => {
    await expect(storage.writeStream(at('x'), stream('hello', ' world'), { maxBytes: 10 })).rejects.toThrow(
      'over the limit of 10',
    )
    expect(await readdir(storage.root)).toEqual([])
  })

  test('refuses data with another MD5, naming both', async () => {
    const md5 = new Uint8Array(createHash('md5').update('other').digest())
    await expect(storage.writeStream(at('x'), stream('hello'), { md5 })).rejects.toThrow(
      `has the MD5 XUFAKrxLKna5cZ2REBfFkg==, but ${Buffer.from(md5).toString('base64')} was announced`,
    )
    expect(await storage.exists(at('x'))).toBe(false)
  })

  test('stops when told to', async () => {
    await expect(storage.writeStream(at('x'), stream('a'), { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
    expect(await readdir(storage.root)).toEqual([])
  })
})

describe('the storage’s bounds', () => {
  test.each(['/etc/passwd', 'relative/path', '', 'file:///etc/passwd', 'file://host/x'])('refuse %o', async (uri) => {
    await expect(storage.read(uri)).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  test('refuse paths that climb out, and NUL', async () => {
    await expect(storage.read(`${storage.root}/../secret`)).rejects.toThrow('is outside of the storage')
    await expect(storage.read(`${storage.root}-other/x`)).rejects.toThrow('is outside of the storage')
    await expect(storage.read(`${storage.root}/a\0b`)).rejects.toThrow('is not a path')
    for (const part of ['..', 'a/../../b', '.', '', 'a//b', 'a\0']) {
      expect(() => storage.join(storage.root, part)).toThrow('is not a path below')
    }
  })

  test('refuse links that lead out', async () => {
    const outside = join(base, 'outside')
    await mkdir(outside)
    await writeFile(join(outside, 'secret'), 'secret')
    await storage.write(at('x'), bytes('1'))
    await symlink(outside, at('link'))
    await symlink(join(outside, 'secret'), at('file-link'))
    await expect(storage.read(at('link/secret'))).rejects.toThrow('is outside of the storage')
    await expect(storage.read(at('file-link'))).rejects.toThrow('is outside of the storage')
    await expect(storage.write(at('link/new/y'), bytes('1'))).rejects.toThrow('is outside of the storage')
    await expect(storage.delete(at('link/secret'))).rejects.toThrow('is outside of the storage')
    expect(await uris(storage.root)).toEqual([at('x')])
    expect(await readdir(outside)).toEqual(['secret'])
  })

  test('allow a root that is a link itself', async () => {
    await mkdir(join(base, 'real'))
    await symlink(join(base, 'real'), join(base, 'linked'))
    const linked = new FileStorage(join(base, 'linked'))
    await linked.write(linked.join(linked.root, 'x'), bytes('1'))
    expect(await readdir(join(base, 'real'))).toEqual(['x'])
  })
})

describe('what the file system refuses', () => {
  test.each([
    ['ENOENT', 'not_found', 'does not exist'],
    ['EACCES', 'permission_denied', 'permission denied'],
    ['EROFS', 'unavailable', 'read-only'],
    ['ENOSPC', 'resource_exhausted', 'no space left on the device'],
    ['EDQUOT', 'resource_exhausted', 'quota'],
    ['EMFILE', 'unavailable', 'too many open files'],
    ['EISDIR', 'failed_precondition', 'is a directory'],
    ['ENAMETOOLONG', 'invalid_argument', 'too long'],
    ['EIO', 'internal', 'cannot write /d/x: EIO'],
  ])('%s is explained', (errno, code, message) => {
    const error = toStorageError(Object.assign(new Error('raw'), { code: errno, errno: -1 }), 'write', '/d/x')
    expect(error).toMatchObject({ code, message: expect.stringContaining(message), cause: { message: 'raw' } })
  })

  test.each(['EACCES', 'EROFS', 'ENOSPC', 'EDQUOT', 'EMFILE', 'EISDIR', 'EIO'])('%s is no fault of a task', (code) => {
    const error = toStorageError(Object.assign(new Error('raw'), { code, errno: -1 }), 'write', '/d/x')
    expect(toTaskFailure(error).kind).toBe('system')
  })

  test('other errors pass as they are', () => {
    const error = new Error('x')
    expect(toStorageError(error, 'write', '/d/x')).toBe(error)
  })

  test('an object cannot replace a directory, nor be below an object', async () => {
    await storage.write(at('a/x'), bytes('1'))
    await expect(storage.write(at('a'), bytes('1'))).rejects.toMatchObject({ code: 'failed_precondition' })
    await expect(storage.write(at('a/x/y'), bytes('1'))).rejects.toMatchObject({
      code: expect.stringMatching(/not_found|failed_precondition/),
    })
    await expect(storage.write(storage.root, bytes('1'))).rejects.toThrow('is the storage itself')
    await expect(storage.read(at('a'))).rejects.toMatchObject({ code: 'failed_precondition' })
    expect(await uris(storage.root)).toEqual([at('a/x')])
  })

  test.skipIf(process.getuid?.() === 0)('a directory that may not be written is told', async () => {
    await mkdir(at('a'), { recursive: true })
    await chmod(at('a'), 0o500)
    await expect(storage.write(at('a/x'), bytes('1'))).rejects.toMatchObject({ code: 'permission_denied' })
  })
})

describe('a storage by its URI', () => {
  test('is a file storage for paths', () => {
    expect(createStorage('/data/').root).toBe('/data')
    expect(createStorage('file:///data/x').root).toBe('/data/x')
  })

  test('says which drivers there are', () => {
    expect(() => createStorage('s3://bucket/x')).toThrow(
      expect.objectContaining({
        message: 'there is no storage driver for s3:// (in s3://bucket/x)',
        hint: expect.stringContaining('file://'),
      }),
    )
    expect(() => createStorage('data')).toThrow("the storage's path data is not absolute")
  })

  test('joins names with single slashes', () => {
    expect(storage.join('/base/', 'a/', '/b/c')).toBe('/base/a/b/c')
    expect(storage.join('/base')).toBe('/base')
  })
})
