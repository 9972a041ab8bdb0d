import { expect, test } from 'vitest'
import { plainColors } from './io.ts'
import { createServerLogger, readableLogLine } from './server-log.ts'
import { memoryIo } from './test/memory-io.ts'

test('programs get JSON lines', async () => {
  const io = memoryIo()
  const logger = await createServerLogger('info', io)
  logger.debug('not shown')
  logger.info({ run: 'r1' }, 'started')
  expect(JSON.parse(io.written.stderr)).toMatchObject({ level: 30, msg: 'started', run: 'r1' })
})

test('people get readable lines', () => {
  const line = JSON.stringify({
    level: 40,
    time: Date.UTC(2026, 0, 1, 10, 20, 30),
    part: 'engine',
    run: 'r1',
    msg: 'slow',
  })
  expect(readableLogLine(line, plainColors)).toBe('10:20:30 warn engine: slow run="r1"\n')
  const failure = JSON.stringify({
    level: 50,
    time: 0,
    msg: 'broken',
    err: { message: 'no', stack: 'Error: no\n    at x' },
  })
  expect(readableLogLine(failure, plainColors)).toBe('00:00:00 error broken\nError: no\n    at x\n')
  expect(readableLogLine('not JSON\n', plainColors)).toBe('not JSON\n')
})
