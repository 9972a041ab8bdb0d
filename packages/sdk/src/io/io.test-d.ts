import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { run } from '../authoring/run.ts'
import { TaskEnvironment } from '../authoring/task-environment.ts'
import { DataFrame } from './data-frame.ts'
import { Dir } from './dir.ts'
import { File } from './file.ts'

const env = new TaskEnvironment({ name: 'types' })

describe('files', () => {
  const task = env.task(
    {
      name: 'files',
      inputs: { doc: File.schema(), more: z.array(File.schema()).optional(), tree: Dir.schema() },
      output: z.object({ doc: File.schema() }),
    },
    async ({ doc, more, tree }) => {
      expectTypeOf(doc).toEqualTypeOf<File>()
      expectTypeOf(more).toEqualTypeOf<File[] | undefined>()
      expectTypeOf(tree).toEqualTypeOf<Dir>()
      return { doc }
    },
  )

  test('are given and returned as what they are', () => {
    expectTypeOf(task).returns.resolves.toEqualTypeOf<{ doc: File }>()
    // @ts-expect-error a path is no file
    void task({ doc: '/x', tree: Dir.remote('/x') })
    // @ts-expect-error a folder is no file
    void task({ doc: Dir.remote('/x'), tree: Dir.remote('/x') })
    // @ts-expect-error the web's own File is another
    void run(task, { doc: new globalThis.File([], 'x'), tree: Dir.remote('/x') })
  })
})

describe('data frames', () => {
  const schema = DataFrame.schema({ columns: { n: 'int64', at: 'timestamp', tags: 'list<string>', big: 'bigint' } })
  const task = env.task({ name: 'frames', inputs: { t: schema }, output: DataFrame.schema() }, async ({ t }) => {
    const [row] = await t.rows()
    expectTypeOf(row?.n).toEqualTypeOf<number | null | undefined>()
    expectTypeOf(row?.at).toEqualTypeOf<Date | null | undefined>()
    expectTypeOf(row?.tags).toEqualTypeOf<(string | null)[] | null | undefined>()
    expectTypeOf(row?.big).toEqualTypeOf<bigint | null | undefined>()
    expectTypeOf(await t.rows({ columns: ['n'] })).toEqualTypeOf<Pick<NonNullable<typeof row>, 'n'>[]>()
    // @ts-expect-error there is no such column
    await t.rows({ columns: ['m'] })
    return DataFrame.fromRows([{ any: 1 }])
  })

  test('have rows of their columns’ types', () => {
    void task({ t: DataFrame.fromRows([{ n: 1, at: new Date(), tags: ['a'], big: 1n }]) })
    void run(task, { t: DataFrame.fromLocal('rows.csv') })
    void run(task, { t: DataFrame.remote('/rows') })
    // @ts-expect-error a text is no number
    DataFrame.fromRows([{ n: 'a' }], { columns: { n: 'int64' } })
    // @ts-expect-error there is no such type
    DataFrame.schema({ columns: { n: 'integer' } })
    expectTypeOf(DataFrame.fromRows([{ n: 1 }])).toEqualTypeOf<DataFrame<{ n: number }>>()
  })
})
