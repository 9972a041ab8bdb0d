import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { drawText, outlineOf } from '@tern/core/workflow'
import { File } from '../io/file.ts'
import { type ItemResult, itemResults, mapOver, workflow } from '../workflows.ts'
import { env, freshName, nothing } from './test/tasks.ts'

const schema = z.object({ at: z.date(), big: z.bigint(), tags: z.array(z.string()), color: z.enum(['red', 'blue']) })

const make = env.task({ name: 'make-item', inputs: { n: z.int() }, output: schema }, ({ n }) => {
  if (n < 0) throw new RangeError(`negative ${n}`)
  return { at: new Date(n), big: 2n ** 60n, tags: [`t${n}`], color: 'red' as const }
})

const count = env.task({ name: 'count-items', inputs: { n: z.int() }, output: z.int() }, ({ n }) => {
  if (n < 0) throw new RangeError(`negative ${n}`)
  return n
})

const messages = env.task(
  { name: 'messages', inputs: { items: itemResults(z.int()) }, output: z.array(z.string()) },
  ({ items }) => items.map((item) => (item.ok ? `${item.value}` : `${item.error.code}: ${item.error.message}`)),
)

const list = { l: z.array(z.int()) }

describe('A-15: items that fail', () => {
  test('are null, however many', async () => {
    const output = z.array(z.int().nullable())
    const wf = workflow({ env, name: freshName(), inputs: list, output }, ({ l }) =>
      mapOver(count, { onItemError: 'null' }).node({ n: l }),
    )
    expect(await wf.run({ l: [1, -1, -2] })).toEqual([1, null, null])
  })

  test('say why, and those that do not fail give their values as they are', async () => {
    const output = itemResults(schema)
    const wf = workflow({ env, name: freshName(), inputs: list, output }, ({ l }) =>
      mapOver(make, { onItemError: 'result' }).node({ n: l }),
    )
    expect(drawText(outlineOf(wf.compile().message))).toContain('each of n, any may fail, failures as results')
    const results: readonly ItemResult<z.infer<typeof schema>>[] = await wf.run({ l: [5, -1] })
    expect(results).toEqual([
      { ok: true, value: { at: new Date(5), big: 2n ** 60n, tags: ['t5'], color: 'red' } },
      {
        ok: false,
        error: {
          message: 'negative -1',
          code: 'RangeError',
          kind: 'user',
          attempt: 1,
          action: expect.stringContaining('n0[1]'),
        },
      },
    ])
  })

  test('are given to whoever takes results, or an object of which it knows as much', async () => {
    const take = z.array(z.object({ ok: z.boolean(), value: z.int().optional() }))
    const loose = env.task({ name: freshName(), inputs: { items: take }, output: z.int() }, ({ items }) => {
      return items.filter(({ ok }) => ok).length
    })
    const outputs = { texts: z.array(z.string()), good: z.int(), second: z.string() }
    const wf = workflow({ env, name: freshName(), inputs: list, outputs }, ({ l }) => {
      const items = mapOver(count, { onItemError: 'result' }).node({ n: l })
      const texts = messages.node({ items })
      return { texts, good: loose.node({ items }), second: texts[1]! }
    })
    const texts = ['1', 'RangeError: negative -1']
    expect(await wf.run({ l: [1, -1] })).toEqual({ texts, good: 1, second: texts[1] })
  })

  test('a number that have to go well can still be said', async () => {
    const wf = workflow({ env, name: freshName(), inputs: list, output: itemResults(z.int()) }, ({ l }) =>
      mapOver(count, { onItemError: 'result', minSuccesses: 2 }).node({ n: l }),
    )
    expect(await wf.run({ l: [1, -1, 2] })).toHaveLength(3)
    await expect(wf.run({ l: [1, -1, -2] })).rejects.toThrow('2 of 3 items failed, and 2 have to succeed')
    const all = workflow({ env, name: freshName(), inputs: list, output: z.array(z.int().nullable()) }, ({ l }) =>
      mapOver(count, { onItemError: 'null', minSuccessRatio: 1 }).node({ n: l }),
    )
    await expect(all.run({ l: [1, -1] })).rejects.toThrow('all have to succeed')
  })

  test('results are not the values themselves', () => {
    const wf = workflow({ env, name: freshName(), inputs: list, output: z.array(z.int()) }, ({ l }) => {
      return mapOver(count, { onItemError: 'result' }).node({ n: l }) as never
    })
    expect(() => wf.compile()).toThrow(/its output: expected list\[?.*integer/)
  })

  test('of a task that gives nothing there are no results', () => {
    const wf = workflow({ env, name: freshName() }, () => {
      mapOver(nothing, { onItemError: 'result' }).node({ s: ['a'] })
    })
    expect(() => wf.compile()).toThrow('task wf.nothing gives nothing: there are no results of its items')
  })
})

test('what is no result is refused, with its place', async () => {
  const { issues } = await itemResults(z.int())['~standard'].validate([{ ok: true, value: 'x' }, 7])
  expect(issues).toMatchObject([
    { path: [0, 'value'] },
    { message: 'expected { ok: true, value } or { ok: false, error }', path: [1] },
  ])
  expect(() => itemResults('int' as never)).toThrow('itemResults needs the schema of one value')
})

test('a file in a result is one again', async () => {
  const file = env.task({ name: freshName(), inputs: { n: z.int() }, output: File.schema() }, ({ n }) => {
    if (n < 0) throw new Error('none')
    return File.fromBytes(new TextEncoder().encode(`file ${n}`), { name: 'n.txt' })
  })
  const read = env.task(
    { name: freshName(), inputs: { files: itemResults(File.schema()) }, output: z.array(z.string()) },
    ({ files }) => Promise.all(files.map(async (item) => (item.ok ? item.value.text() : item.error.message))),
  )
  const wf = workflow({ env, name: freshName(), inputs: list, output: z.array(z.string()) }, ({ l }) =>
    read.node({ files: mapOver(file, { onItemError: 'result' }).node({ n: l }) }),
  )
  expect(await wf.run({ l: [1, -1] })).toEqual(['file 1', 'none'])
})
