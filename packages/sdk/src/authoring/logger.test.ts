import { formatLogLine, readLogRecord } from '@tern/core/log-record'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { ctx } from './context.ts'
import { type LogFields, recordLogger } from './logger.ts'
import { run } from './run.ts'
import { TaskEnvironment } from './task-environment.ts'

/** What a logger writes of fields. */
function written(fields: LogFields): unknown {
  const lines: string[] = []
  recordLogger((line) => lines.push(line)).info('x', fields)
  return readLogRecord(lines[0] ?? '')?.fields
}

describe('the fields of a line', () => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  const cause = new TypeError('no')

  test.each<[string, LogFields, unknown]>([
    ['plain values', { a: 1, b: 'x', c: true, d: null, e: [1], f: { g: 1 } }, undefined],
    ['what is undefined', { a: 1, b: undefined }, { a: 1 }],
    ['times', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['large integers', { n: 2n ** 60n }, { n: '1152921504606846976' }],
    ['numbers that JSON lacks', { n: Number.NaN }, { n: 'NaN' }],
    ['sets and maps', { s: new Set([1]), m: new Map([['k', 1]]) }, { s: [1], m: { k: 1 } }],
    ['bytes', { b: new Uint8Array(3) }, { b: '3 bytes' }],
    ['errors', { e: cause }, { e: { name: 'TypeError', message: 'no', stack: cause.stack } }],
    ['what contains itself', { circle }, { circle: expect.stringMatching(/^\(cannot be shown: /) }],
  ])('%s', (_name, fields, expected) => {
    expect(written(fields)).toEqual(expected ?? fields)
  })

  test('those of a child come with each of its lines', () => {
    const lines: string[] = []
    const logger = recordLogger((line) => lines.push(line)).child({ table: 'a', n: 1 })
    logger.warn('slow', { n: 2 })
    logger.child({ part: 3 }).debug('done')
    expect(lines.map((line) => formatLogLine(line))).toEqual([
      'WARN  slow  table=a  n=2',
      'DEBUG done  table=a  n=1  part=3',
    ])
  })
})

const env = new TaskEnvironment({ name: 'logger' })
const talks = env.task({ name: 'talks', output: z.int() }, (_, { logger }) => {
  process.stdout.write('begun')
  logger.info('read', { rows: 3 })
  ctx()?.logger.error('failed', { code: 7 })
  return 1
})

describe('the logger of a task', () => {
  afterEach(() => vi.restoreAllMocks())

  test('writes records into the log of its attempt, each a line of its own', async () => {
    const handle = await run.local(talks, {}, { local: { output: 'capture' } })
    await handle.outputs()
    const lines = handle.actions[0]?.attempts[0]?.logs.map(({ text }) => text) ?? []
    expect(lines).toHaveLength(3)
    expect(lines[0]).toBe('begun')
    expect(lines.slice(1).map(readLogRecord)).toEqual([
      { level: 'info', message: 'read', fields: { rows: 3 } },
      { level: 'error', message: 'failed', fields: { code: 7 } },
    ])
  })

  test('writes text where somebody sits before it', async () => {
    const printed: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
    await talks({})
    await (await run.local(talks, {})).outputs()
    const expected = ['begun', 'INFO  read  rows=3\n', 'ERROR failed  code=7\n']
    expect(printed).toEqual([...expected, ...expected])
  })
})
