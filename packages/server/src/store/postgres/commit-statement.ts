import { toArrayParameter } from './array-parameter.ts'
import {
  attemptColumns,
  type BatchRows,
  changedColumns,
  type Column,
  createdColumns,
  labelColumns,
  logColumns,
  resultColumns,
  rootColumns,
  runColumns,
  specColumns,
} from './columns.ts'

/** A statement that the connection prepares once and then knows by its name. */
export interface CommitStatement {
  readonly name: string
  readonly text: string
  readonly values: ReadonlyArray<Buffer>
  /** What it writes. */
  readonly parts: ReadonlyArray<keyof BatchRows>
}

/** One kind of rows: its columns, and what is done with rows that come from `source`. */
interface Part<Row> {
  readonly columns: ReadonlyArray<Column<Row>>
  readonly write: (source: string) => string
}

type Parts = { readonly [Name in keyof BatchRows]: Part<BatchRows[Name][number]> }

// Every insert says what to do about rows that are there already: a batch whose commit got no answer is written again,
// whether or not it had been committed.
const parts: Parts = {
  specs: {
    columns: specColumns,
    write: insert('task_specs', specColumns, 'on conflict (digest) do update set created_at = excluded.created_at'),
  },
  runs: { columns: runColumns, write: insert('runs', runColumns, 'on conflict (id) do nothing') },
  labels: { columns: labelColumns, write: insert('run_labels', labelColumns, 'on conflict do nothing') },
  created: { columns: createdColumns, write: insert('actions', createdColumns, 'on conflict do nothing returning 1') },
  changed: { columns: changedColumns, write: update('actions', changedColumns, ['run_id', 'seq']) },
  roots: { columns: rootColumns, write: update('runs', rootColumns, ['id']) },
  attempts: { columns: attemptColumns, write: insert('attempts', attemptColumns, 'on conflict do nothing') },
  logs: { columns: logColumns, write: insert('log_chunks', logColumns, 'on conflict do nothing') },
  results: {
    columns: resultColumns,
    write: insert(
      'cached_results',
      resultColumns,
      `on conflict (key, project, domain) do update set source = excluded.source, outputs = excluded.outputs,
        outputs_uri = excluded.outputs_uri, created_at = excluded.created_at`,
    ),
  },
}

const partNames = Object.keys(parts) as ReadonlyArray<keyof BatchRows>

/** The texts of the statements in use, by name: there are few combinations of parts. */
const texts = new Map<string, string>()

/**
 * The one statement that writes all these rows, and answers with how many actions it inserted as `created`. One
 * statement, and so one message each way and one transaction. Its parts do not see each other's rows, nor need they: no
 * row is in two of them. Undefined when there are no rows.
 */
export function commitStatement(rows: BatchRows): CommitStatement | undefined {
  const present = partNames.filter((name) => rows[name].length > 0)
  if (present.length === 0) return undefined
  // Postgres cuts names that are longer than 63 bytes.
  const name = `commit ${present.map((part) => partNames.indexOf(part)).join('')}`
  let text = texts.get(name)
  if (text === undefined) texts.set(name, (text = textOf(present)))
  const values = present.flatMap((part) => valuesOf(parts[part] as Part<never>, rows[part]))
  return { name, text, values, parts: present }
}

/** The same statement, with the same values, that leaves out whatever belongs to these runs. */
export function withoutRuns(statement: CommitStatement, runIds: ReadonlyArray<number>): CommitStatement {
  const { name, values, parts: present } = statement
  // A parameter that nothing refers to is an error.
  if (present.every((part) => runIdIn(part) === undefined)) return statement
  const text = textOf(present, `$${values.length + 1}::int8[]`)
  return { name: `${name} less`, text, values: [...values, toArrayParameter('int8', runIds)], parts: present }
}

/** The column that says which run a row belongs to. */
function runIdIn(part: keyof BatchRows): string | undefined {
  return (parts[part] as Part<never>).columns.map(([name]) => name).find((name) => name === 'run_id' || name === 'id')
}

function valuesOf(part: Part<never>, rows: ReadonlyArray<unknown>): ReadonlyArray<Buffer> {
  const valuesIn = ([, , value]: Column<never>) => rows.map((row) => value(row as never))
  return part.columns.map((column) => toArrayParameter(column[1], valuesIn(column)))
}

/** @param excluded the parameter that holds ids of runs to leave out */
function textOf(present: ReadonlyArray<keyof BatchRows>, excluded?: string): string {
  let parameters = 0
  const writes = present.map((name) => {
    const { columns, write } = parts[name] as Part<never>
    const arrays = columns.map(([, type]) => `$${++parameters}::${type}[]`)
    const all = `unnest(${arrays.join(', ')})`
    const runId = runIdIn(name)
    const isAll = excluded === undefined || runId === undefined
    const some = `(select * from ${all} as a (${namesOf(columns)}) where ${runId} <> all (${excluded}))`
    return `${name} as (${write(isAll ? all : some)})`
  })
  const created = present.includes('created') ? '(select count(*)::int4 from created)' : '0'
  return `with ${writes.join(',\n')}\nselect ${created} as created`
}

function insert<Row>(table: string, columns: ReadonlyArray<Column<Row>>, conflict: string): Part<Row>['write'] {
  return (source) => `insert into ${table} (${namesOf(columns)}) select * from ${source} as n ${conflict}`
}

function update<Row>(
  table: string,
  columns: ReadonlyArray<Column<Row>>,
  key: ReadonlyArray<string>,
): Part<Row>['write'] {
  const changes = columns.map(([name]) => name).filter((name) => !key.includes(name))
  const set = changes.map((name) => `${name} = u.${name}`).join(', ')
  const where = key.map((name) => `t.${name} = u.${name}`).join(' and ')
  return (source) => `update ${table} as t set ${set} from ${source} as u (${namesOf(columns)}) where ${where}`
}

function namesOf<Row>(columns: ReadonlyArray<Column<Row>>): string {
  return columns.map(([name]) => name).join(', ')
}
