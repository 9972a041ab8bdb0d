import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DataValidationError, describeType, inputsHash, literalRepresentation } from '@tern/core'
import type { Literal } from '@tern/idl/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { run } from '../authoring/run.ts'
import { definitionOf } from '../authoring/task.ts'
import { TaskEnvironment } from '../authoring/task-environment.ts'
import { toTaskSpec } from '../authoring/task-spec.ts'
import { trace } from '../authoring/trace.ts'
import { codecFor } from '../types/schema-codec.ts'
import { File } from './file.ts'
import { StoragePlace } from './place.ts'
import { storing } from './storing.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tern-files-test-'))
  vi.stubEnv('TMPDIR', folder)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

async function local(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

describe('a file that is not in storage yet', () => {
  test.each([
    ['bytes', () => File.fromBytes(Buffer.from('0123456789'))],
    ['text', () => File.fromText('0123456789')],
    ['a web stream', () => File.fromStream(new Blob(['0123456789']).stream())],
    ['a generator of text', () => File.fromStream(['01234', '56789'])],
  ])('reads as it was given, from %s', async (_, make) => {
    expect(await make().text()).toBe('0123456789')
    const file = make()
    expect(await file.size()).toBe(10)
    expect(await new Response(file.stream({ start: 2, end: 5 })).text()).toBe('234')
    expect(await readFile(await file.download(join(folder, 'deep', 'copy')), 'utf8')).toBe('0123456789')
    expect(await file.exists()).toBe(true)
  })

  test('is stored once for a place, under its name', async () => {
    const place = new StoragePlace(join(folder, 'raw'))
    const file = File.fromText('hello', { name: 'a.txt', format: 'txt' })
    const stored = await file[storing](place)
    expect(stored.uri).toMatch(/\/raw\/\w+\/a\.txt$/)
    expect(stored).toMatchObject({ name: 'a.txt', format: 'txt', hash: md5('hello') })
    expect(await file[storing](place)).toBe(stored)
    expect(await readFile(stored.uri, 'utf8')).toBe('hello')
  })

  test.each([
    ['its MD5 by default', undefined, md5('hello')],
    ['one of its own', 'mine', 'mine'],
    ['none', false, undefined],
    ['another method', () => createHash('sha256'), createHash('sha256').update('hello').digest('hex')],
  ] as const)('has as its hash %s', async (_, hash, expected) => {
    const file = File.fromText('hello', { hash })
    expect((await file[storing](new StoragePlace(folder))).hash).toBe(expected)
  })

  test('FD-5: of a stream is read once, and kept then', async () => {
    const file = File.fromStream(['once'], { name: 'once.txt' })
    expect(await file.text()).toBe('once')
    expect(await file.text()).toBe('once')
    const stored = await file[storing](new StoragePlace(folder))
    expect(await stored.text()).toBe('once')
  })

  test('fails with what its stream fails with, and leaves nothing behind', async () => {
    async function* failing() {
      yield 'half'
      throw new Error('the source is gone')
    }
    const place = new StoragePlace(folder)
    await expect(File.fromStream(failing())[storing](place)).rejects.toThrow('the source is gone')
  })

  test.each(['', '..', 'a/b', 'a\\b'])('cannot be called %j', (name) => {
    expect(() => File.fromText('x', { name })).toThrow('is not the name of a file')
  })

  test('FD-4: says what is wrong with a path', async () => {
    await expect(File.fromLocal(join(folder, 'none')).text()).rejects.toThrow('there is no file')
    await mkdir(join(folder, 'sub'))
    const given = File.fromLocal(join(folder, 'sub'))
    await expect(given[storing](new StoragePlace(folder))).rejects.toMatchObject({
      message: expect.stringContaining('is a folder, and was given as a File'),
      hint: expect.stringContaining('Dir.fromLocal'),
    })
  })
})

describe('a file in storage', () => {
  test('FD-3: is read where it lies', async () => {
    const file = File.remote(await local('a.txt', 'hello'))
    expect(file).toMatchObject({ name: 'a.txt', format: '', hash: undefined })
    expect(await file.text()).toBe('hello')
    expect(await File.remote(`file://${folder}/a.txt`).size()).toBe(5)
    expect(await file.store()).toBe(file)
  })

  test('is copied into a folder of its own, whatever it is called', async () => {
    const file = File.remote(await local('a.txt', 'hello'), { name: '../../b.txt' })
    const copy = await file.download()
    expect(copy).toMatch(/tern-file-\w+\/b\.txt$/)
    expect(await readFile(copy, 'utf8')).toBe('hello')
    await rm(dirname(copy), { recursive: true })
  })

  test('that is gone says so', async () => {
    const file = File.remote(join(folder, 'gone.txt'))
    expect(await file.exists()).toBe(false)
    const error = {
      code: 'not_found',
      message: expect.stringContaining('is gone'),
      hint: expect.stringContaining('server'),
    }
    await expect(file.text()).rejects.toMatchObject(error)
    await expect(file.size()).rejects.toMatchObject(error)
    await expect(file.download(join(folder, 'copy'))).rejects.toMatchObject(error)
  })

  test('that is a folder says so', async () => {
    await expect(File.remote(folder).text()).rejects.toThrow('is a folder, and was read as a file')
  })

  test('is not read from where nothing is read', async () => {
    await expect(File.remote('s3://bucket/x').text()).rejects.toThrow('there is no storage driver for s3://')
  })

  test('may be on the web, with or without ranges', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/none') return void response.writeHead(404).end()
      if (request.headers.range === 'bytes=10-') return void response.writeHead(416).end('too far')
      response.end('0123456789')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const address = server.address()
      const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
      const file = File.remote(`${base}/a.txt?x=1`)
      expect(file.name).toBe('a.txt')
      expect(await file.text()).toBe('0123456789')
      expect(await new Response(file.stream({ start: 2, end: 5 })).text()).toBe('234')
      expect(await new Response(file.stream({ start: 10 })).text()).toBe('')
      await expect(File.remote(`${base}/none`).bytes()).rejects.toThrow('is gone')
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})

describe('on the wire', () => {
  const codec = codecFor(File.schema(), 'doc')
  const csv = codecFor(File.schema({ format: 'csv' }).describe('with columns'), 'doc')

  test('FD-1: a file is the blob that Flyte’s SDK makes of one', () => {
    expect(describeType(codec.type)).toBe('file')
    expect(describeType(csv.type)).toBe('file<csv>')
    const literal = codec.toLiteral(File.remote('/data/x.csv', { hash: 'h' }))
    expect(literal).toMatchObject({
      hash: 'h',
      value: { value: { value: { case: 'blob', value: { uri: '/data/x.csv', metadata: { type: { format: '' } } } } } },
    })
    expect(Buffer.from(literalRepresentation(literal)).toString()).toBe('h')
    expect(codec.fromLiteral(literal)).toMatchObject({ uri: '/data/x.csv', name: 'x.csv', hash: 'h' })
  })

  test('FD-7, H-7: files of the same contents count as the same input, wherever they lie', () => {
    const hashOf = (uri: string, hash: string) =>
      inputsHash([
        { $typeName: 'flyteidl2.task.NamedLiteral', name: 'doc', value: codec.toLiteral(File.remote(uri, { hash })) },
      ])
    expect(hashOf('/a', 'same')).toBe(hashOf('/b', 'same'))
    expect(hashOf('/a', '')).not.toBe(hashOf('/b', ''))
  })

  test('FD-6: a file of a format is one of the schema’s, if it says nothing else', () => {
    expect(File.schema({ format: 'csv' }).safeParse(File.remote('/x')).success).toBe(true)
    const refused = File.schema({ format: 'csv' }).safeParse(File.remote('/x', { format: 'json' }))
    expect(refused.error?.issues[0]?.message).toBe('expected the format csv, got json')
    expect(File.schema().safeParse('/x').error?.issues[0]?.message).toMatch(
      /^expected a File, such as .*, got string "\/x"$/,
    )
  })

  test('a folder is no file', () => {
    const type = { format: '', dimensionality: 1, $typeName: 'flyteidl2.core.BlobType' }
    const literal = codec.toLiteral(File.remote('/x'))
    const scalar = (literal.value as { value: { value: { value: { metadata: object } } } }).value.value.value
    scalar.metadata = { type }
    expect(() => codec.fromLiteral(literal)).toThrow(new DataValidationError('expected a file, got the folder /x'))
  })

  test('a default has to be in storage', () => {
    const env = new TaskEnvironment({ name: 'file-defaults' })
    const place = { org: '', project: '', domain: '', version: '', bundleUri: '' }
    const specWith = (name: string, doc: File) => {
      const task = env.task({ name, inputs: { doc: File.schema().default(doc) } }, async () => undefined)
      return toTaskSpec(definitionOf(task), place).defaultInputs[0]?.parameter?.behavior
    }
    const { value } = specWith('there', File.remote('/data/x.csv')) ?? {}
    expect(codec.fromLiteral(value as Literal)).toMatchObject({ uri: '/data/x.csv' })
    const here = File.fromText('x', { name: 'x.txt' })
    expect(() => specWith('here', here)).toThrow('File x.txt is not in storage')
  })
})

describe('in a local run', () => {
  const env = new TaskEnvironment({ name: 'file-tests' })
  const inner = env.task(
    {
      name: 'inner',
      inputs: { docs: z.array(File.schema()), by: z.record(z.string(), File.schema().nullable()) },
      output: z.array(z.string()),
    },
    async ({ docs, by }) =>
      Promise.all([...docs, ...Object.values(by)].map(async (file) => `${file?.uri !== ''} ${await file?.text()}`)),
  )
  const outer = env.task(
    {
      name: 'outer',
      inputs: { doc: File.schema().optional() },
      output: z.object({ texts: z.array(z.string()), made: File.schema() }),
    },
    async ({ doc }) => {
      const docs = [File.fromText('a'), ...(doc === undefined ? [] : [doc])]
      return { texts: await inner({ docs, by: { k: File.fromText('b'), none: null } }), made: File.fromText('made') }
    },
  )

  test('files are stored wherever they are in values', async () => {
    const doc = File.fromLocal(await local('given.txt', 'given'))
    const { texts, made } = await (await run.local(outer, { doc })).outputs()
    expect(texts).toEqual(['true a', 'true given', 'true b', 'true undefined'])
    expect(made.uri).not.toBe('')
    expect(await made.text()).toBe('made')
  })

  test('and by traces too', async () => {
    const page = trace({ name: 'page', inputs: { text: z.string() }, output: File.schema() }, async ({ text }) =>
      File.fromText(text),
    )
    const traced = env.task({ name: 'traced', output: z.array(z.string()) }, async () => {
      const files = [await page({ text: 'a' }), await page({ text: 'a' })]
      return Promise.all(files.map(async (file) => `${file.uri !== ''} ${await file.text()}`))
    })
    expect(await (await run.local(traced)).outputs()).toEqual(['true a', 'true a'])
  })

  test('FD-2: and the inputs of this machine stay where they are', async () => {
    const path = await local('given.txt', 'given')
    const where = env.task(
      { name: 'where', inputs: { doc: File.schema() }, output: z.string() },
      async ({ doc }) => `${doc.uri} ${doc.hash}`,
    )
    expect(await (await run.local(where, { doc: File.fromLocal(path) })).outputs()).toBe(`${path} ${md5('given')}`)
  })
})
