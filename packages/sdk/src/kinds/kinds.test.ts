import { InvalidArgumentError } from '@tern/core'
import { DataLoadingConfig_FileInputLayout, DataLoadingConfig_LiteralMapFormat } from '@tern/idl/core'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { cachingOf } from '../authoring/caching.ts'
import type { TaskContext } from '../authoring/context.ts'
import { TaskEnvironment } from '../authoring/task-environment.ts'
import { type AnyTask, definitionOf } from '../authoring/task.ts'
import { toTaskSpec } from '../authoring/task-spec.ts'
import { DataFrame } from '../io/data-frame.ts'
import { CodeKind } from './code-kind.ts'
import { containerTask } from './container-task.ts'
import { httpTask } from './http/http-task.ts'
import { retryAfterMs } from './http/send.ts'
import { shellTask } from './shell-task.ts'
import { loadPeer } from './sql/load-peer.ts'
import { postgres } from './sql/postgres.ts'
import type { SqlDatabase } from './sql/sql-database.ts'
import { sqlTask } from './sql/sql-task.ts'
import { duckdb } from './sql/duckdb.ts'
import { sqlite } from './sql/sqlite.ts'
import { TaskKind } from './task-kind.ts'

const env = () => new TaskEnvironment({ name: 'kinds', resources: { cpu: 1 }, envVars: { A: 'b' } })
const place = { org: 'o', project: 'p', domain: 'd', version: 'v', bundleUri: '/b' }
const templateOf = (task: AnyTask) => toTaskSpec(definitionOf(task), place).taskTemplate!
const versionOf = (task: AnyTask) => cachingOf(definitionOf(task)).version

const echo = { name: 'echo', image: 'alpine:3', command: ['echo', '{{.inputs.text}}'], inputs: { text: z.string() } }

test('Q-2, Q-5: a container task is described as Flyte describes one', () => {
  const task = containerTask(env(), {
    ...echo,
    metadataFormat: 'yaml',
    fileLayout: 'named',
    inputDir: '/in',
    args: ['x'],
  })
  expect(templateOf(task)).toMatchObject({
    type: 'raw-container',
    id: { name: 'kinds.echo', version: 'v' },
    interface: { inputs: { variables: [{ key: 'text' }] } },
    target: {
      case: 'container',
      value: {
        image: 'alpine:3',
        command: ['echo', '{{.inputs.text}}'],
        args: ['x'],
        env: [{ key: 'A', value: 'b' }],
        resources: { requests: [{ value: '1' }] },
        dataConfig: {
          enabled: true,
          inputPath: '/in',
          outputPath: '/var/outputs',
          format: DataLoadingConfig_LiteralMapFormat.YAML,
          fileInputLayout: DataLoadingConfig_FileInputLayout.NAMED_DIR,
        },
      },
    },
  })
})

test.each<[string, object, string, RegExp]>([
  ['an input that it does not have', { command: ['echo', '{{.inputs.tekst}}'] }, 'command', /tekst.*is no input/],
  ['no program', { command: [] }, 'command', /must name a program/],
  ['a command that is no list', { command: 'echo' }, 'command', /lists of texts/],
  ['no image', { image: '' }, 'image', /name of an image/],
  ['a folder that is no path', { outputDir: 'out' }, 'outputDir', /must be a path/],
  ['another format', { metadataFormat: 'xml' }, 'metadataFormat', /one of json, yaml, proto/],
  ['an option of no task', { comand: ['x'] }, 'comand', /unknown option/],
])('a container task refuses %s', (_, options, field, message) => {
  const declare = () => containerTask(env(), { ...echo, ...options } as never)
  expect(declare).toThrow(InvalidArgumentError)
  expect(declare).toThrow(expect.objectContaining({ field, message: expect.stringMatching(message) }))
})

test('Q-6: a script keeps values out of its text', () => {
  const script = { name: 's', inputs: { n: z.int() } }
  expect(() => shellTask(env(), { ...script, script: 'echo {{.inputs.n}}' })).toThrow(/no \{\{.inputs/)
  expect(() => shellTask(env(), { ...script, script: ' ' })).toThrow(/script must be a text/)
  const { target } = templateOf(shellTask(env(), { ...script, script: 'echo "$inputs_n"', image: 'x:1' }))
  const container = target.case === 'container' ? target.value : undefined
  expect(container?.image).toBe('x:1')
  expect(container?.command).toEqual([
    'sh',
    '-c',
    expect.stringMatching(/^set -eu; [^\n]*; shift 2\necho "\$inputs_n"$/),
    'kinds.s',
    '/var/inputs',
    '/var/outputs',
  ])
})

test('H-2: cached results are valid for one script', () => {
  const version = (script: string, shell?: 'bash') => versionOf(shellTask(env(), { name: 's', script, shell }))
  expect(version('a')).toMatch(/^[0-9a-f]{64}$/)
  expect(version('a')).toBe(version('a'))
  expect(new Set([version('a'), version('b'), version('a', 'bash')]).size).toBe(3)
})

class Sensor extends CodeKind {
  protected readonly identity: string
  constructor(file: string) {
    super()
    this.identity = file
  }
  override get secrets() {
    return [{ key: 'sensor-key' }]
  }
  protected override get custom() {
    return { file: this.identity }
  }
  override execute({ n }: { readonly n: number }, { attempt }: TaskContext) {
    return `${this.identity} ${n} ${attempt}`
  }
}

class Spark extends TaskKind {
  readonly type = 'spark'
  protected readonly identity = 'job'
  describe(template: Parameters<TaskKind['describe']>[0]): void {
    template.custom = { job: this.identity }
  }
}

test('V-4, T-1, Q-1: anybody adds a kind that workers execute', async () => {
  const task = env().taskOf(new Sensor('x.txt'), { name: 'sense', inputs: { n: z.int() }, output: z.string() })
  expect(await task({ n: 3 })).toBe('x.txt 3 1')
  await expect(task({ n: 'x' } as never)).rejects.toThrow(/n/)
  expect(templateOf(task)).toMatchObject({
    type: 'typescript',
    custom: { file: 'x.txt' },
    securityContext: { secrets: [{ key: 'sensor-key', envVar: 'SENSOR_KEY' }] },
    target: { case: 'container' },
  })
})

test('one that the backend executes cannot run here', async () => {
  const task = env().taskOf(new Spark(), { name: 'job' })
  expect(templateOf(task)).toMatchObject({ type: 'spark', custom: { job: 'job' }, target: { case: undefined } })
  await expect(task()).rejects.toThrow(/executed by a server/)
})

const select = { name: 'q', database: sqlite(), inputs: { n: z.int() }, query: 'select {{.inputs.n}}' }

test.each<[string, () => AnyTask, RegExp]>([
  ['an input that it does not have', () => sqlTask(env(), { ...select, inputs: {} }), /asks for the input n/],
  ['an input that it does not use', () => sqlTask(env(), { ...select, query: 'select 1' }), /does not use the input n/],
  ['a placeholder in quotes', () => sqlTask(env(), { ...select, query: `select '{{.inputs.n}}'` }), /stands in quotes/],
  [
    'a data frame where there are no tables for it',
    () =>
      sqlTask(env(), {
        name: 'q',
        database: postgres({ secret: 's' }),
        inputs: { days: DataFrame.schema() },
        query: 'select * from days',
      }),
    /postgres cannot take/,
  ],
  [
    'a database without its secret',
    () => sqlTask(env(), { ...select, database: postgres({} as never) }),
    /postgres\(\): a secret must be a key/,
  ],
  [
    'an option that a database does not have',
    () => sqlTask(env(), { ...select, database: postgres({ url: 'postgres://a/b' } as never) }),
    /postgres\(\): unknown option "url"/,
  ],
  [
    'an option that DuckDB does not have',
    () => sqlTask(env(), { ...select, database: duckdb({ file: 'x' } as never) }),
    /duckdb\(\): unknown option "file"/,
  ],
  ['no database', () => sqlTask(env(), { ...select, database: {} as never }), /database must be sqlite/],
])('a query refuses %s', (_, declare, message) => {
  expect(declare).toThrow(InvalidArgumentError)
  expect(declare).toThrow(message)
})

test('a query says with which secrets it connects, and its text', () => {
  const task = sqlTask(env(), { ...select, database: postgres({ secret: { key: 'url', group: 'db' } }) })
  expect(templateOf(task)).toMatchObject({
    type: 'typescript',
    custom: { kind: 'sql', dialect: 'postgres', query: 'select {{.inputs.n}}' },
    securityContext: { secrets: [{ key: 'url', group: 'db', envVar: 'DB_URL' }] },
  })
})

const get = { name: 'g', url: 'https://a.test/{{.inputs.id}}', inputs: { id: z.string() } }

test.each<[string, object, RegExp]>([
  ['another scheme', { url: 'ftp://a.test/{{.inputs.id}}' }, /must begin with http/],
  ['an input that it does not have', { url: 'https://a.test/{{.inputs.it}}' }, /it.*is no input/],
  ['an input that nothing asks for', { url: 'https://a.test/' }, /nothing asks for the input id/],
  ['a body to GET', { method: 'GET', body: {} }, /GET has no body/],
  ['another method', { method: 'FETCH' }, /method must be one of/],
  ['an output that is no part of an answer', { outputs: { page: z.string() } }, /page is no part of an answer/],
  ['a time that is none', { requestTimeout: '0s' }, /requestTimeout must be more than 0/],
  ['half a retry', { requestRetries: 0.5 }, /requestRetries must be a whole number/],
])('a request refuses %s', (_, options, message) => {
  expect(() => httpTask(env(), { ...get, ...options } as never)).toThrow(message)
})

test('a request asks for the secrets in its texts', () => {
  const headers = { authorization: 'Bearer {{.secrets.api-token}}' }
  expect(templateOf(httpTask(env(), { ...get, headers, body: { key: '{{.secrets.other}}' } }))).toMatchObject({
    custom: { kind: 'http', method: 'POST' },
    securityContext: { secrets: [{ key: 'api-token' }, { key: 'other' }] },
  })
})

test.each([
  ['7', 7000],
  ['Sat, 31 Jan 2026 12:00:05 GMT', 5000],
  ['Sat, 31 Jan 2026 11:00:00 GMT', 0],
  ['soon', undefined],
  [null, undefined],
])('Retry-After %s is %s ms', (text, ms) => {
  expect(retryAfterMs(text, Date.parse('2026-01-31T12:00:00Z'))).toBe(ms)
})

test('a package that is not installed is named, with what to do', async () => {
  await expect(loadPeer('no-such-database', 'other()')).rejects.toThrow(
    /^other\(\) needs the package no-such-database, .*: run npm install no-such-database where tasks run/,
  )
})

test('a database of somebody else answers queries', async () => {
  const seen: unknown[] = []
  const database: SqlDatabase = {
    dialect: 'echo',
    identity: 'v1',
    secrets: [],
    takesTables: false,
    parameter: (number) => `:${number}`,
    query({ sql, values }, use) {
      seen.push(sql, values)
      return use({ columns: ['n'], types: {}, rows: [{ n: 1 }, { n: 2 }] })
    },
  }
  const inputs = { a: z.int(), b: z.string() }
  const query = 'select n where {{.inputs.b}} = {{.inputs.a}}'
  const rows = sqlTask(env(), { name: 'rows', database, query, inputs, output: z.array(z.int()) })
  expect(await rows({ a: 1, b: 'x' })).toEqual([1, 2])
  expect(seen).toEqual(['select n where :1 = :2', ['x', 1]])
  const one = sqlTask(env(), { name: 'one', database, query, inputs, output: z.int() })
  await expect(one({ a: 1, b: 'x' })).rejects.toThrow(/gives 2 rows, and one is to be returned/)
  const frame = sqlTask(env(), { name: 'frame', database, query, inputs, output: DataFrame.schema() })
  expect(await (await frame({ a: 1, b: 'x' })).rows()).toEqual([{ n: 1 }, { n: 2 }])
})
