import type { JsonValue } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatLogLine, formatLogRecord, type LogLevel, readLogRecord, writeLogRecord } from './log-record.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const
const record = fc.record({
  level: fc.constantFrom<LogLevel>(...levels),
  message: fc.string({ unit: 'binary' }),
  fields: fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<JsonValue>, { noNullPrototype: true }),
})
const ownNames = new Set(['level', 'message', 'msg', 'event', 'time', 'timestamp', 'ts', '__proto__'])

test('a record comes back from its line, which is one line', () => {
  fc.assert(
    fc.property(record, (given) => {
      fc.pre(Object.keys(given.fields).every((name) => !ownNames.has(name)))
      const line = writeLogRecord(given)
      expect(line).not.toContain('\n')
      // JSON has one number for 0 and -0.
      expect(readLogRecord(line)).toEqual(JSON.parse(JSON.stringify(given)))
    }),
  )
})

test('no line is too odd to be shown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
      expect(typeof formatLogLine(line, { colors: true })).toBe('string')
    }),
  )
})

test('fields do not take the place of what the line says', () => {
  const line = writeLogRecord({ level: 'info', message: 'a', fields: { level: 'high', message: 'b', time: 5 } })
  expect(readLogRecord(line)).toEqual({
    level: 'info',
    message: 'a',
    fields: { level_: 'high', message_: 'b', time_: 5 },
  })
})

test.each([
  ['pino', '{"level":40,"time":1,"pid":7,"msg":"slow"}', { level: 'warn', message: 'slow', fields: { pid: 7 } }],
  ['winston', '{"level":"error","message":"bad"}', { level: 'error', message: 'bad', fields: {} }],
  [
    'structlog',
    '{"n": 1, "event": "hi", "level": "warning", "timestamp": "x"}',
    {
      level: 'warn',
      message: 'hi',
      fields: { n: 1 },
    },
  ],
])('what %s writes is read', (_name, line, expected) => {
  expect(readLogRecord(line)).toEqual(expected)
})

test.each(['', 'plain', '{', '{}', '{"message":"no level"}', '{"level":"info"}', '[1]', '{"level":"loud","msg":"x"}'])(
  '%o is just text',
  (line) => {
    expect(readLogRecord(line)).toBeUndefined()
    expect(formatLogLine(line)).toBe(line)
  },
)

test('people read the level, the message, then the fields', () => {
  const fields = { rows: 3, file: 'a.csv', who: 'A B', empty: '', tags: ['x'], none: null }
  expect(formatLogRecord({ level: 'info', message: 'read', fields })).toBe(
    'INFO  read  rows=3  file=a.csv  who="A B"  empty=""  tags=["x"]  none=null',
  )
  const error = { name: 'TypeError', message: 'no', stack: 'TypeError: no\n    at f (a.ts:1:2)' }
  expect(formatLogRecord({ level: 'error', message: 'failed', fields: { error } })).toBe(
    'ERROR failed  error="TypeError: no"\nTypeError: no\n    at f (a.ts:1:2)',
  )
})

test('colours are those of terminals', () => {
  expect(formatLogRecord({ level: 'warn', message: 'm', fields: { a: 1 } }, { colors: true })).toBe(
    '\u001b[33mWARN \u001b[39m m  \u001b[90ma=\u001b[39m1',
  )
})
