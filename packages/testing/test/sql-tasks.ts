// Tasks that are queries.
import { DataFrame, duckdb, File, postgres, sqlite, sqlTask, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

export const env = new TaskEnvironment({ name: 'sql' })

const row = z.object({ city: z.string(), rain: z.number() })
const columns = { city: 'string', day: 'date', rain: 'double' } as const
const rainy = {
  inputs: { days: DataFrame.schema(), least: z.number(), city: z.string() },
  output: z.array(row),
  query: `select city, sum(rain) as rain from days where rain >= {{.inputs.least}} and city <> {{.inputs.city}}
          group by city order by city`,
}
const one = { inputs: { n: z.int(), text: z.string() }, outputs: { n: z.int(), text: z.string() } }
const query = 'select {{.inputs.n}} as n, {{.inputs.text}} as text'

export const inSqlite = sqlTask(env, { name: 'in_sqlite', database: sqlite(), ...rainy })
export const inDuck = sqlTask(env, { name: 'in_duck', database: duckdb({ settings: { threads: '1' } }), ...rainy })
export const sqliteOne = sqlTask(env, { name: 'sqlite_one', database: sqlite(), ...one, query })
export const duckOne = sqlTask(env, { name: 'duck_one', database: duckdb(), ...one, query })

export const duckTypes = sqlTask(env, {
  name: 'duck_types',
  database: duckdb(),
  inputs: { ids: z.array(z.int()), at: z.date(), flag: z.boolean(), none: z.string().nullable() },
  output: z.object({
    big: z.bigint(),
    dec: z.number(),
    day: z.string(),
    at: z.date(),
    ids: z.array(z.int()),
    flag: z.boolean(),
    none: z.string().nullable(),
    part: z.object({ a: z.int() }),
  }),
  query: `select 9007199254740993::bigint as big, 1.5::decimal(4, 2) as dec, date '2026-01-31' as day, {{.inputs.at}} as at,
          list_transform({{.inputs.ids}}, x -> x + 1) as ids, {{.inputs.flag}} as flag, {{.inputs.none}}::varchar as none, {a: 1} as part`,
})

export const toParquet = sqlTask(env, {
  name: 'to_parquet',
  database: duckdb(),
  inputs: { csv: File.schema() },
  output: DataFrame.schema({ columns }),
  query: 'select city, day::date as day, rain::double as rain from read_csv({{.inputs.csv}}) order by day',
})

export const anyFrame = sqlTask(env, {
  name: 'any_frame',
  database: duckdb(),
  inputs: { n: z.int() },
  output: DataFrame.schema(),
  query: `select i as i, i * 1.5 as half, 'a' || i as text from range({{.inputs.n}}) t(i)`,
})

export const column = sqlTask(env, {
  name: 'column',
  database: sqlite(),
  inputs: { days: DataFrame.schema(), name: z.string() },
  output: z.array(z.string()),
  query: 'select distinct {{ident .inputs.name}} from days order by 1',
})

export const perhaps = sqlTask(env, {
  name: 'perhaps',
  database: sqlite({ input: 'base' }),
  inputs: { base: File.schema(), id: z.int() },
  output: z.string().optional(),
  query: 'select name from people where id = {{.inputs.id}}',
})

export const pgRows = sqlTask(env, {
  name: 'pg_rows',
  database: postgres({ secret: 'warehouse-url' }),
  inputs: { ids: z.array(z.int()), least: z.number(), doc: z.object({ a: z.int() }) },
  output: DataFrame.schema({
    columns: { id: 'int64', name: 'string', price: 'double', day: 'date', at: 'timestamp', tags: 'list<string>' },
  }),
  query: `select id, name, price, day, at, tags from goods
          where id = any({{.inputs.ids}}) and price >= {{.inputs.least}} and {{.inputs.doc}}::jsonb @> '{"a": 1}' order by id`,
})
export const pgOne = sqlTask(env, {
  name: 'pg_one',
  database: postgres({ secret: 'warehouse-url' }),
  ...one,
  query: 'select {{.inputs.n}}::int8 as n, {{.inputs.text}}::text as text',
})
export const pgAdd = sqlTask(env, {
  name: 'pg_add',
  database: postgres({ secret: 'warehouse-url' }),
  inputs: { name: z.string() },
  output: z.int(),
  query: 'insert into added (name) values ({{.inputs.name}}) returning id',
})
export const pgSlow = sqlTask(env, {
  name: 'pg_slow',
  database: postgres({ secret: 'warehouse-url' }),
  timeout: '1s',
  query: 'select pg_sleep(600)',
})

const hostile = `'; drop table days; -- {{.inputs.n}} $1 "`

export const all = env.task({ name: 'all', output: z.record(z.string(), z.unknown()) }, async () => {
  const rows = [
    { city: 'a', day: '2026-01-01', rain: 1 },
    { city: 'a', day: '2026-01-02', rain: 2 },
    { city: 'b', day: '2026-01-03', rain: 0.5 },
    { city: hostile, day: '2026-01-04', rain: 9 },
  ]
  const days = DataFrame.fromRows(rows, { columns })
  const given = { days, least: 1, city: hostile }
  const csv = File.fromText('city,day,rain\na,2026-01-02,2\nb,2026-01-01,1', { name: 'days.csv' })
  const at = new Date('2026-01-31T12:00:00Z')
  const types = await duckTypes({ ids: [1, 2], at, flag: true, none: null })
  const frame = await anyFrame({ n: 3 })
  return {
    sqlite: await inSqlite(given),
    duck: await inDuck(given),
    ones: [await sqliteOne({ n: 7, text: hostile }), await duckOne({ n: 7, text: hostile })],
    types: { ...types, big: String(types.big), at: types.at.toISOString() },
    parquet: await (await toParquet({ csv })).rows(),
    frame: [await frame.columns(), await frame.rows()],
    column: await column({ days, name: 'city' }),
  }
})

export const expected = {
  sqlite: [{ city: 'a', rain: 3 }],
  duck: [{ city: 'a', rain: 3 }],
  ones: [
    { n: 7, text: hostile },
    { n: 7, text: hostile },
  ],
  types: {
    big: '9007199254740993',
    dec: 1.5,
    day: '2026-01-31',
    at: '2026-01-31T12:00:00.000Z',
    ids: [2, 3],
    flag: true,
    none: null,
    part: { a: 1 },
  },
  parquet: [
    { city: 'b', day: '2026-01-01', rain: 1 },
    { city: 'a', day: '2026-01-02', rain: 2 },
  ],
  frame: [
    [
      { name: 'i', type: 'int64' },
      { name: 'half', type: 'double' },
      { name: 'text', type: 'string' },
    ],
    [
      { i: 0, half: 0, text: 'a0' },
      { i: 1, half: 1.5, text: 'a1' },
      { i: 2, half: 3, text: 'a2' },
    ],
  ],
  column: [hostile, 'a', 'b'],
}
