import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { literalTypes, toLiteral } from '@tern/core'
import { configure, DataFrame, deployedTask, Dir, File, run } from '@tern/sdk'
import { bundleFile, loadBundle, taskSpecOf } from '@tern/sdk/bundle'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { FlyteProject } from '@tern/test-support/flyte-project'

const files = join(import.meta.dirname, 'passed-files')

let project: FlyteProject
beforeAll(async () => {
  project = await FlyteProject.start({ files })
  configure({ endpoint: project.url })
  await Promise.all([project.flyte('deploy', 'files.py', 'env'), deployTypeScript()])
}, 400_000)
afterAll(() => project?.stop())

async function deployTypeScript(): Promise<void> {
  const { client } = project
  const bundle = await bundleFile(join(files, 'files.ts'))
  const [{ tasks }, bundleUri] = await Promise.all([loadBundle(bundle), client.uploadBundle(bundle)])
  const place = { org: 'tern', project: 'flytesnacks', domain: 'development', version: bundle.version, bundleUri }
  for (const task of tasks.values()) await client.deployTask(taskSpecOf(task, place))
}

/** What a task of files.ts returns. */
async function result<T>(name: string, inputs: Record<string, number> = {}): Promise<T> {
  const { client } = project
  const reference = `typescript_files.${name}`
  const { taskId } = await client.getTask({ name: reference })
  const literals = Object.entries(inputs).map(([input, value]) => ({
    $typeName: 'flyteidl2.task.NamedLiteral' as const,
    name: input,
    value: toLiteral(value, literalTypes.integer()),
  }))
  const { action } = await client.createRun({
    task: { reference: { name: reference, version: taskId?.version ?? '' } },
    inputs: { $typeName: 'flyteidl2.task.Inputs', literals, context: [] },
  })
  return (await project.outputOf(action?.id?.run?.name ?? '')) as T
}

interface Seen {
  readonly here: string
  readonly there: string
  readonly size: number
  readonly peak: number
}

const megabytes = 100
const mib = 1 << 20

function expectedDigest(): string {
  const hash = createHash('sha256')
  for (let index = 0; index < megabytes; index++) hash.update(new Uint8Array(mib).fill(index % 251))
  return hash.digest('hex')
}

describe('a file of 100 MB', () => {
  test.each(['reads_large', 'writes_large'])('passes both languages, and the memory of neither: %s', async (task) => {
    const digest = expectedDigest()
    const seen = await result<Seen>(task, { megabytes })
    expect(seen).toMatchObject({ here: digest, there: digest, size: megabytes * mib })
    expect(seen.peak).toBeLessThan((megabytes * mib) / 4)
  })
})

describe('folders', () => {
  test('are trees in both languages, with files of the same name', async () => {
    const { theirs, ours, empty } = await result<{ theirs: string[]; ours: Record<string, string>; empty: boolean }>(
      'passes_trees',
    )
    expect(theirs).toEqual(['a/b/same.txt in b', 'a/same.txt in a', 'same.txt top'])
    expect(Object.keys(ours)).toHaveLength(41)
    expect(ours).toMatchObject({ 'd0/same.txt': 'text 0', 'd39/same.txt': 'text 39', 'one.txt': 'in a' })
    expect(empty).toBe(true)
  })

  test('and files are parts of structs', async () => {
    expect(await result('passes_parcels')).toEqual([
      'from there hello x.txt,y/z.txt',
      "from here hi ['x.txt', 'z.txt']",
    ])
  })
})

describe('data frames', () => {
  const rows = 25_000

  test('of pandas are read in TypeScript, by rows and columns', async () => {
    const read = JSON.parse(await result<string>('reads_frame', { rows })) as Record<string, unknown>
    expect(read).toEqual({
      count: rows,
      head: [
        {
          id: 0,
          large: (2n ** 60n).toString(),
          score: 0,
          name: 'n0 ☃',
          ok: true,
          at: '2024-01-01T00:00:00.000Z',
          day: '2024-01-01',
          tags: [],
        },
        { at: '2024-01-01T00:01:00.000Z', score: null },
        { name: null, tags: ['a', 'b'], day: '2024-01-03' },
      ],
      slice: [
        { id: rows - 2, name: `n${(rows - 2) % 7} ☃` },
        { id: rows - 1, name: `n${(rows - 1) % 7} ☃` },
      ],
      sum: (rows * (rows - 1)) / 2,
    })
  })

  test('of TypeScript are read by pandas, with their types', async () => {
    const read = JSON.parse(await result<string>('writes_frame', { rows })) as Record<string, unknown>
    expect(read).toEqual({
      kinds: {
        id: 'int64',
        score: 'float64',
        name: 'str',
        ok: 'bool',
        at: 'datetime64[us, UTC]',
        day: 'object',
        tags: 'object',
      },
      records: [
        {
          id: 0,
          score: 0,
          name: 'n0 ☃',
          ok: true,
          at: expect.stringMatching('^2024-01-01T00:00:00'),
          day: expect.stringMatching('^2024-02-29'),
          tags: [],
        },
        { id: 1, score: 0.25, name: 'n1 ☃', ok: false, at: null, day: expect.any(String), tags: ['a'] },
        {
          id: 2,
          score: null,
          name: 'n2 ☃',
          ok: true,
          at: expect.any(String),
          day: expect.any(String),
          tags: ['a', 'b'],
        },
      ],
      rows,
      sum: (rows * (rows - 1)) / 2,
    })
  })
})

describe('a client', () => {
  test.each(['python_files.once', 'typescript_files.once'])(
    'of either language has the other’s results from the cache of %s',
    async (name) => {
      const path = join(project.folder, `${name}.txt`)
      await writeFile(path, `the input of ${name}`)
      const md5 = createHash('md5').update(`the input of ${name}`).digest('hex')
      const task = deployedTask({ name, inputs: { doc: File.schema() }, output: z.string() })
      const first = await (await run(task, { doc: File.fromLocal(path) })).outputs()
      expect(first).toMatch(new RegExp(`^${md5} `))
      expect(await project.program('files.py', path, name)).toBe(first)
      const copy = File.fromText(`the input of ${name}`, { name: 'other.txt' })
      expect(await (await run(task, { doc: copy })).outputs()).toBe(first)
    },
  )

  test('sends what it has, and reads what it gets by way of the server', async () => {
    const task = deployedTask({
      name: 'typescript_files.upper',
      inputs: { doc: File.schema(), tree: Dir.schema(), rows: DataFrame.schema({ columns: { n: 'int64' } }) },
      outputs: { doc: File.schema(), tree: Dir.schema(), rows: DataFrame.schema() },
    })
    const given = {
      doc: File.fromStream(new Blob(['sent as a stream']).stream(), { name: 'sent.txt' }),
      tree: Dir.fromLocal(files),
      rows: DataFrame.fromRows([{ n: 1 }, { n: 2 }]),
    }
    const { doc, tree, rows } = await (await run(task, given)).outputs()
    expect(await doc.text()).toBe('SENT AS A STREAM FILES.PY,FILES.TS')
    expect(await new Response(doc.stream({ start: 8, end: 12 })).text()).toBe('A ST')
    expect(await doc.size()).toBe(34)
    expect((await tree.list()).map(({ path, size }) => [path, size])).toEqual([
      ['a/b.txt', 1],
      ['c.txt', 1],
    ])
    expect(await (await tree.get('a/b.txt')).text()).toBe('b')
    await expect(tree.get('b.txt')).rejects.toThrow('has no file b.txt')
    expect(await rows.rows()).toEqual([{ n: 2 }, { n: 3 }])
  })
})
