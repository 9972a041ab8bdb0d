import { copyFile, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeType } from '@tern/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { codecFor } from '../types/schema-codec.ts'
import type { Columns } from './columns.ts'
import { DataFrame } from './data-frame.ts'
import { StoragePlace } from './place.ts'
import { directReader, type Reader } from './reader.ts'
import { readingWith, storing } from './storing.ts'

let folder: string
let place: StoragePlace
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tern-frames-test-'))
  vi.stubEnv('TMPDIR', folder)
  place = new StoragePlace(folder)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

const columns = {
  id: 'int64',
  large: 'bigint',
  score: 'double',
  name: 'string',
  ok: 'boolean',
  at: 'timestamp',
  day: 'date',
  tags: 'list<string>',
} as const
const rows = [
  {
    id: 1,
    large: 2n ** 62n,
    score: 0.5,
    name: 'a ☃',
    ok: true,
    at: new Date(1500),
    day: '2026-01-31',
    tags: ['x', null],
  },
  { id: -2, large: -1n, score: Number.NaN, name: '', ok: false, at: new Date(-1), day: '1969-12-31', tags: [] },
  { id: null, large: null, score: null, name: null, ok: null, at: null, day: null, tags: null },
]

async function stored<R extends object>(frame: DataFrame<R>): Promise<DataFrame<R>> {
  return frame[storing](place)
}

/** The same frame without what this process knows about it. */
const reread = (frame: { uri: string }) => DataFrame.remote(frame.uri)

describe('rows', () => {
  test('come back as they were, of every type', async () => {
    const frame = await stored(DataFrame.fromRows(rows, { columns }))
    expect(await frame.rows()).toEqual(rows)
    expect(await frame.columns()).toEqual(
      Object.entries(columns).map(([name, type]) => ({ name, type: type === 'bigint' ? 'int64' : type })),
    )
    expect(frame).toMatchObject({ format: 'parquet', hash: expect.stringMatching(/^[0-9a-f]{32}$/) })
  })

  test('have the types of their values where nothing is said about them', async () => {
    const given = [
      { n: 1, x: 1, t: 'a' },
      { n: 2, x: 1.5, t: null, list: [1] },
    ]
    const frame = await stored(DataFrame.fromRows(given))
    expect(await frame.columns()).toEqual([
      { name: 'n', type: 'int64' },
      { name: 'x', type: 'double' },
      { name: 't', type: 'string' },
      { name: 'list', type: 'list<int64>' },
    ])
    expect(await frame.rows()).toEqual([{ n: 1, x: 1, t: 'a', list: null }, given[1]])
  })

  test('may be none', async () => {
    const frame = await stored(DataFrame.fromRows([], { columns: { n: 'int64' } }))
    expect(await frame.count()).toBe(0)
    expect(await frame.rows()).toEqual([])
  })

  test('come one after the other, and are written in groups', async () => {
    function* many() {
      for (let n = 0; n < 25_000; n++) yield { n }
    }
    const frame = await stored(DataFrame.fromRows(many()))
    expect(await frame.count()).toBe(25_000)
    const slice = [{ n: 9_999 }, { n: 10_000 }, { n: 10_001 }]
    expect(await frame.rows({ offset: 9_999, limit: 3 })).toEqual(slice)
    expect(await frame.rows({ offset: 24_999, limit: 3 })).toEqual([{ n: 24_999 }])
    expect(await frame.rows({ offset: 30_000 })).toEqual([])
    let sum = 0
    for await (const { n } of frame) sum += n
    expect(sum).toBe((25_000 * 24_999) / 2)
  })

  test('are refused that are not of their columns’ types', async () => {
    const write = (row: object, wanted: Columns) => stored(DataFrame.fromRows([{}, row], { columns: wanted } as never))
    await expect(write({ n: 1.5 }, { n: 'int64' })).rejects.toThrow('row 1: column n: expected int64, got number 1.5')
    await expect(write({ n: 2n ** 63n }, { n: 'bigint' })).rejects.toThrow('expected bigint')
    await expect(write({ d: '31.1.2026' }, { d: 'date' })).rejects.toThrow('row 1: column d: expected date')
    await expect(write({ t: ['a', 1] }, { t: 'list<string>' })).rejects.toThrow('column t: expected string')
    await expect(write({ t: 1 }, { t: 'text' as never })).rejects.toThrow('there is no column type "text"')
    await expect(stored(DataFrame.fromRows([{ n: 1 }, { n: 'a' }]))).rejects.toThrow(
      'column n has both int64 and string',
    )
    await expect(stored(DataFrame.fromRows([{ n: new Map() }]))).rejects.toThrow('column n has Map')
  })
})

describe('reading', () => {
  test('gives bigints only where numbers would not be exact, and refuses to where numbers were asked for', async () => {
    const frame = await stored(DataFrame.fromRows([{ n: 1n }, { n: 2n ** 60n }], { columns: { n: 'bigint' } }))
    expect(await reread(frame).rows()).toEqual([{ n: 1 }, { n: 2n ** 60n }])
    const codec = codecFor(DataFrame.schema({ columns: { n: 'int64' } }), 't')
    const asNumbers = codec.fromLiteral(codec.toLiteral(reread(frame))) as DataFrame
    await expect(asNumbers.rows()).rejects.toMatchObject({ hint: "Declare the column as 'bigint'." })
  })

  test('a column of few of many rows takes a part of the file', async () => {
    const wide = Array.from({ length: 30_000 }, (_, n) => ({ n, text: `${Math.sin(n)} ${Math.cos(n)} ${n}` }))
    const frame = await stored(DataFrame.fromRows(wide))
    const { size } = await stat(join(frame.uri, '00000'))
    let read = 0
    const counting: Reader = {
      ...directReader,
      async open(uri, range) {
        read += (range?.end ?? size) - (range?.start ?? 0)
        return directReader.open(uri, range)
      },
    }
    const watched = frame[readingWith](counting)
    await watched.count()
    const footer = read
    expect(await watched.rows({ columns: ['n'], offset: 25_000, limit: 2 })).toEqual([{ n: 25_000 }, { n: 25_001 }])
    expect(read - footer).toBeLessThan(size / 10)
  })

  test('what is not there, or not a table, is said', async () => {
    await expect(DataFrame.remote(join(folder, 'none')).rows()).rejects.toThrow('is gone')
    await writeFile(join(folder, 'text'), 'this is not a table at all')
    await expect(DataFrame.remote(join(folder, 'text')).rows()).rejects.toThrow('is no Parquet file')
    const lance = DataFrame.remote(join(folder, 'text'), { format: 'lance' })
    await expect(lance.rows()).rejects.toThrow('is of the format lance, which cannot be read here')
    const frame = await stored(DataFrame.fromRows([{ n: 1 }]))
    await expect(frame.rows({ columns: ['m' as 'n'] })).rejects.toMatchObject({ hint: 'It has n.' })
    await expect(frame.rows({ offset: -1 })).rejects.toThrow('offset -1 must be')
    await expect(frame.rows({ limit: 1.5 })).rejects.toThrow('limit 1.5 must be')
  })

  test('several files of a folder are one table', async () => {
    const parts = await Promise.all([[{ n: 1 }, { n: 2 }], [{ n: 3 }]].map((part) => stored(DataFrame.fromRows(part))))
    await mkdir(join(folder, 'parts'))
    await Promise.all(
      parts.map(({ uri }, index) => copyFile(join(uri, '00000'), join(folder, 'parts', `part-${index}`))),
    )
    await writeFile(join(folder, 'parts', '_SUCCESS'), '')
    const frame = DataFrame.remote(join(folder, 'parts'))
    expect(await frame.count()).toBe(3)
    expect(await frame.rows({ offset: 1 })).toEqual([{ n: 2 }, { n: 3 }])
  })
})

describe('CSV', () => {
  const text = 'n,x,name,ok\r\n1,1.5,"a, ""quoted""\nline",true\r\n2,,plain,false\n'

  test('SD-4: is read, with the types of its columns', async () => {
    await writeFile(join(folder, 'a.csv'), text)
    const frame = DataFrame.fromLocal(join(folder, 'a.csv'))
    expect(frame.format).toBe('csv')
    expect(await frame.columns()).toEqual([
      { name: 'n', type: 'int64' },
      { name: 'x', type: 'double' },
      { name: 'name', type: 'string' },
      { name: 'ok', type: 'boolean' },
    ])
    const second = { n: 2, x: null, name: 'plain', ok: false }
    expect(await frame.rows()).toEqual([{ n: 1, x: 1.5, name: 'a, "quoted"\nline', ok: true }, second])
    expect(await frame.rows({ offset: 1, columns: ['n'] })).toEqual([{ n: 2 }])
    expect(await frame.count()).toBe(2)
  })

  test('is read as the columns that are asked for', async () => {
    await writeFile(join(folder, 'a.csv'), 'n,at\n1,2026-01-31T00:00:00Z\nx,\n')
    const codec = codecFor(DataFrame.schema({ columns: { n: 'int64', at: 'timestamp' } }), 't')
    const frame = codec.fromLiteral(codec.toLiteral(DataFrame.remote(join(folder, 'a.csv')))) as DataFrame
    expect(await frame.rows({ limit: 1 })).toEqual([{ n: 1, at: new Date('2026-01-31T00:00:00Z') }])
    await expect(frame.rows()).rejects.toThrow('row 1: column n: expected int64, got "x"')
  })
})

describe('a schema with columns', () => {
  const schema = DataFrame.schema({ columns: { n: 'int64', x: 'double' } })

  test('SD-1, SD-7: says on the wire what they are', () => {
    expect(describeType(codecFor(schema, 't').type)).toMatch(/^table/)
    const type = codecFor(schema, 't').type.type
    expect(type.case === 'structuredDatasetType' && type.value.columns.map(({ name }) => name)).toEqual(['n', 'x'])
  })

  test('is what rows are written as that say nothing', async () => {
    const frame = DataFrame.fromRows([{ n: 1, x: 2 }])
    expect(schema.safeParse(frame).success).toBe(true)
    expect(await (await stored(frame)).columns()).toEqual([
      { name: 'n', type: 'int64' },
      { name: 'x', type: 'double' },
    ])
  })

  test('SD-6: refuses others before anything is written, and files when they are read', async () => {
    const message = (value: unknown) => schema.safeParse(value).error?.issues[0]?.message
    expect(message(DataFrame.fromRows([], { columns: { n: 'int64' } }))).toBe('has no column x: it has n')
    expect(message(DataFrame.fromRows([], { columns: { n: 'string', x: 'double' } }))).toBe(
      'column n is string, and int64 was wanted',
    )
    expect(message([{ n: 1 }])).toMatch(/^expected a DataFrame, such as DataFrame.fromRows/)
    const codec = codecFor(schema, 't')
    const frame = reread(await stored(DataFrame.fromRows([{ n: 1 }])))
    const read = codec.fromLiteral(codec.toLiteral(frame)) as DataFrame
    await expect(read.rows()).rejects.toThrow(/data frame .*: has no column x: it has n/)
  })
})
