import { execute } from './test-databases.ts'

/** Every row of every table of a Postgres database, as text. */
export async function everyRowOf(url: string): Promise<string> {
  const tables = await execute(url, `select tablename from pg_tables where schemaname = 'public'`)
  let rows = ''
  for (const { tablename } of tables) {
    rows += JSON.stringify(await execute(url, `select t::text from ${String(tablename)} t`))
  }
  return rows
}

/** The servers that are registered in a database: how many, and how often all of them have said that they live. */
export async function serversIn(url: string): Promise<{ readonly count: number; readonly beats: number }> {
  const [row] = await execute(url, 'select count(*)::int4 as count, coalesce(sum(beat), 0)::int4 as beats from servers')
  return { count: Number(row?.['count']), beats: Number(row?.['beats']) }
}
