import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { JsonObject } from '@bufbuild/protobuf'
import { DataValidationError, InvalidArgumentError } from '@tern/core'
import type { TaskContext } from '../../authoring/context.ts'
import type { SecretRequest } from '../../authoring/task-options.ts'
import { DataFrame } from '../../io/data-frame.ts'
import { File } from '../../io/file.ts'
import { CodeKind } from '../code-kind.ts'
import type { KindTask } from '../task-kind.ts'
import { shapeResult } from './shape-result.ts'
import type { SqlDatabase } from './sql-database.ts'
import { bindSql, inputsOf, parseSql, type SqlPart, wordsOf } from './sql-template.ts'

/** A query, and the database that it goes to. */
export interface SqlConfig {
  /** Where the query goes: `sqlite()`, `duckdb()` or `postgres()`. */
  readonly database: SqlDatabase
  /**
   * One statement. `{{.inputs.name}}` stands for the value of an input, which is bound and never a part of the text;
   * `{{ident .inputs.name}}` for an input that names a table or a column. An input that is a data frame is a table of its name.
   */
  readonly query: string
}

/** Tasks that are a query. Workers execute them. */
export class SqlKind extends CodeKind {
  readonly #database: SqlDatabase
  readonly #query: string
  readonly #parts: readonly SqlPart[]

  constructor({ database, query }: SqlConfig) {
    super()
    if (typeof query !== 'string' || query.trim() === '')
      throw new InvalidArgumentError('query must be a statement', { field: 'query' })
    if (typeof database?.query !== 'function')
      throw new InvalidArgumentError('database must be sqlite(), duckdb() or postgres()', { field: 'database' })
    this.#database = database
    this.#query = query
    this.#parts = parseSql(query)
  }

  protected get identity(): unknown {
    const { dialect, identity } = this.#database
    return [dialect, identity, this.#query]
  }

  override get secrets(): readonly Exclude<SecretRequest, string>[] {
    return this.#database.secrets
  }

  protected override get custom(): JsonObject {
    return { kind: 'sql', dialect: this.#database.dialect, query: this.#query }
  }

  override check(task: KindTask): void {
    const { takesTables, fileInput, dialect } = this.#database
    const { inputs } = task.interface
    const invalid = (message: string, hint: string) =>
      new InvalidArgumentError(`task ${task.name}: ${message}`, { field: 'query', hint })
    const asked = inputsOf(this.#parts)
    const words = wordsOf(this.#query)
    for (const name of [...asked, ...(fileInput === undefined ? [] : [fileInput])]) {
      if (inputs.some((input) => input.name === name)) continue
      throw invalid(
        `the query asks for the input ${name}, which the task does not have`,
        'Declare it among its inputs.',
      )
    }
    for (const { name, codec } of inputs) {
      const isTable = codec.type.type.case === 'structuredDatasetType'
      if (isTable && !takesTables)
        throw invalid(`input ${name} is a data frame, which ${dialect} cannot take`, 'Give its rows in another way.')
      if (isTable ? words.has(name) : asked.has(name) || name === fileInput) continue
      const hint = isTable ? `It is the table ${name} of the query.` : `Write {{.inputs.${name}}} where it belongs.`
      throw invalid(`the query does not use the input ${name}`, hint)
    }
  }

  override async execute(
    inputs: Readonly<Record<string, unknown>>,
    { signal }: TaskContext,
    task: KindTask,
  ): Promise<unknown> {
    const names = (input: string) => nameIn(inputs[input], input)
    const bound = bindSql(this.#parts, (number) => this.#database.parameter(number), names)
    const tables = new Map(Object.entries(inputs).filter((entry): entry is [string, DataFrame] => isTable(entry[1])))
    const files = new LocalFiles()
    try {
      const { fileInput } = this.#database
      const file = fileInput === undefined ? undefined : String(await files.pathOf(inputs[fileInput]))
      const values = await Promise.all(bound.inputs.map((name) => files.pathOf(inputs[name])))
      const request = { sql: bound.sql, values, tables, file, signal }
      return await this.#database.query(request, (result) => shapeResult(task.interface, result))
    } finally {
      await files.clear()
    }
  }
}

function isTable(value: unknown): boolean {
  return value instanceof DataFrame
}

function nameIn(value: unknown, input: string): string {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value
  throw new DataValidationError(`input ${input} is no name of a table or a column`, { path: `inputs.${input}` })
}

/** Files that databases open by their paths. */
class LocalFiles {
  #folder: string | undefined

  /** The path of a file; any other value as it is. */
  async pathOf(value: unknown): Promise<unknown> {
    if (!(value instanceof File)) return value
    if (isAbsolute(value.uri)) return value.uri
    this.#folder ??= await mkdtemp(join(tmpdir(), 'tern-sql-'))
    return value.download(join(await mkdtemp(join(this.#folder, 'f')), value.name || 'file'))
  }

  async clear(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true })
  }
}
