// The TypeScript half of files in two languages; the other is files.py.
import { createHash } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { DataFrame, deployedTask, Dir, File, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

export const env = new TaskEnvironment({ name: 'typescript_files' })

const doc = File.schema()
const tree = Dir.schema()
const columns = {
  id: 'int64',
  score: 'double',
  name: 'string',
  ok: 'boolean',
  at: 'timestamp',
  tags: 'list<string>',
} as const
const parcel = z.object({ label: z.string(), doc, tree }).meta({ title: 'Parcel' })

const digestThere = deployedTask({ name: 'python_files.digest', inputs: { doc }, output: z.string() })
const makeLarge = deployedTask({ name: 'python_files.make_large', inputs: { megabytes: z.int() }, output: doc })
const makeTree = deployedTask({ name: 'python_files.make_tree', inputs: {}, output: tree })
const readTree = deployedTask({
  name: 'python_files.read_tree',
  inputs: { tree },
  output: z.record(z.string(), z.string()),
})
const isEmpty = deployedTask({ name: 'python_files.is_empty', inputs: { tree }, output: z.boolean() })
const wrap = deployedTask({ name: 'python_files.wrap', inputs: { label: z.string(), doc, tree }, output: parcel })
const unwrap = deployedTask({ name: 'python_files.unwrap', inputs: { parcel }, output: z.string() })
const makeFrame = deployedTask({
  name: 'python_files.make_frame',
  inputs: { rows: z.int() },
  output: DataFrame.schema({ columns: { ...columns, large: 'bigint', day: 'date' } }),
})
const describeFrame = deployedTask({
  name: 'python_files.describe_frame',
  inputs: { df: DataFrame.schema() },
  output: z.string(),
})

const chunk = 1 << 20

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** The most bytes that were held in buffers at once, as far as anybody has looked. */
class Peak {
  bytes = 0
  #passed = 0
  #looksAt = 0

  /** @param bytes how many have been passed on since it was called last */
  look(bytes: number): void {
    this.#passed += bytes
    if (this.#passed < this.#looksAt) return
    this.#looksAt = this.#passed + 10 * chunk
    // Buffers that nobody needs any more are not held, however long they wait to be collected. They are freed beside what goes on,
    // but by the next collection at the latest.
    collect()
    collect()
    this.bytes = Math.max(this.bytes, process.memoryUsage().arrayBuffers)
  }
}

async function digest(file: File, peak: Peak): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of file.stream()) {
    hash.update(bytes)
    peak.look(bytes.length)
  }
  return hash.digest('hex')
}

const seen = z.object({ here: z.string(), there: z.string(), size: z.int(), peak: z.int() })

export const readsLarge = env.task(
  { name: 'reads_large', inputs: { megabytes: z.int() }, output: seen },
  async ({ megabytes }) => {
    const file = await makeLarge({ megabytes })
    const peak = new Peak()
    const here = await digest(file, peak)
    return { here, there: await digestThere({ doc: file }), size: await file.size(), peak: peak.bytes }
  },
)

export const writesLarge = env.task(
  { name: 'writes_large', inputs: { megabytes: z.int() }, output: seen },
  async ({ megabytes }) => {
    const peak = new Peak()
    async function* bytes() {
      // What is given has been written when the next is asked for.
      const bytes = new Uint8Array(chunk)
      for (let index = 0; index < megabytes; index++) {
        peak.look(chunk)
        yield bytes.fill(index % 251)
      }
    }
    const file = await File.fromStream(bytes(), { name: 'large.bin' }).store()
    const there = await digestThere({ doc: file })
    return { here: await digest(file, peak), there, size: await file.size(), peak: peak.bytes }
  },
)

export const passesTrees = env.task(
  {
    name: 'passes_trees',
    output: z.object({ theirs: z.array(z.string()), ours: z.record(z.string(), z.string()), empty: z.boolean() }),
  },
  async () => {
    const theirs = await makeTree({})
    const entries = await theirs.list()
    const texts = await Promise.all(entries.map(async ({ path, file }) => `${path} ${await file.text()}`))
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`d${index}/same.txt`, `text ${index}`]))
    const ours = await readTree({ tree: Dir.fromFiles({ ...many, 'one.txt': await theirs.get('a/same.txt') }) })
    return { theirs: texts, ours, empty: await isEmpty({ tree: Dir.fromFiles({}) }) }
  },
)

export const passesParcels = env.task({ name: 'passes_parcels', output: z.array(z.string()) }, async () => {
  const tree = Dir.fromFiles({ 'x.txt': 'x', 'y/z.txt': 'z' })
  const theirs = await wrap({ label: 'from there', doc: File.fromText('hello'), tree })
  const here = `${theirs.label} ${await theirs.doc.text()} ${(await theirs.tree.list()).map(({ path }) => path).join()}`
  return [here, await unwrap({ parcel: { label: 'from here', doc: File.fromText('hi', { name: 'hi.txt' }), tree } })]
})

export const readsFrame = env.task(
  { name: 'reads_frame', inputs: { rows: z.int() }, output: z.string() },
  async ({ rows }) => {
    const frame = await makeFrame({ rows })
    const [first, second, third] = await frame.rows({ limit: 3 })
    const slice = await frame.rows({ columns: ['id', 'name'], offset: rows - 2, limit: 5 })
    let sum = 0
    for await (const batch of frame.batches({ columns: ['id'], size: 1000 })) for (const { id } of batch) sum += id ?? 0
    const large = first?.large?.toString()
    const head = [
      { ...first, large },
      { at: second?.at, score: second?.score },
      { name: third?.name, tags: third?.tags, day: third?.day },
    ]
    return JSON.stringify({ count: await frame.count(), head, slice, sum })
  },
)

export const writesFrame = env.task(
  { name: 'writes_frame', inputs: { rows: z.int() }, output: z.string() },
  async ({ rows }) => {
    function* made() {
      for (let id = 0; id < rows; id++) {
        const at = id === 1 ? null : new Date(Date.UTC(2024, 0, 1, 0, id))
        yield {
          id,
          score: id === 2 ? null : id / 4,
          name: `n${id % 7} ☃`,
          ok: id % 2 === 0,
          at,
          tags: ['a', 'b'].slice(0, id % 3),
          day: '2024-02-29',
        }
      }
    }
    return describeFrame({ df: DataFrame.fromRows(made(), { columns: { ...columns, day: 'date' } }) })
  },
)

export const once = env.task(
  { name: 'once', inputs: { doc }, output: z.string(), cache: 'auto' },
  async ({ doc }) => `${doc.hash} ${Math.random()}`,
)

export const upper = env.task(
  {
    name: 'upper',
    inputs: { doc, tree, rows: DataFrame.schema({ columns: { n: 'int64' } }) },
    outputs: { doc, tree, rows: DataFrame.schema() },
  },
  async ({ doc, tree, rows }) => {
    const text = `${await doc.text()} ${(await tree.list()).map(({ path }) => path).join()}`
    const more = (await rows.rows()).map(({ n }) => ({ n: (n ?? 0) + 1 }))
    return {
      doc: File.fromText(text.toUpperCase(), { name: 'upper.txt' }),
      tree: Dir.fromFiles({ 'a/b.txt': 'b', 'c.txt': 'c' }),
      rows: DataFrame.fromRows(more),
    }
  },
)
