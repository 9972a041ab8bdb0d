import { NotFoundError } from '@tern/core'
import { expect, test } from 'vitest'
import { plainColors } from './io.ts'
import { reportError } from './report-error.ts'
import { CommandError, QuietExit, UsageError } from './usage-error.ts'

const quiet = { verbose: false, colors: plainColors }

test('a misuse ends with 2', () => {
  expect(reportError(new UsageError('unknown option --x', { hint: 'Did you mean --y?' }), quiet)).toEqual({
    text: 'error: unknown option --x\nhint: Did you mean --y?\n',
    exitCode: 2,
  })
})

test('a failure ends with 1, without a stack', () => {
  expect(reportError(new NotFoundError('run r1 does not exist'), quiet)).toEqual({
    text: 'error: run r1 does not exist\n',
    exitCode: 1,
  })
  expect(reportError(new CommandError('it did not work'), quiet).exitCode).toBe(1)
})

test('what should not happen says how to see more', () => {
  const { text } = reportError(new TypeError('x is not a function'), quiet)
  expect(text).toBe('error: x is not a function\nhint: This should not happen. See more with --verbose.\n')
})

test('stacks, of causes too, are for --verbose', () => {
  const error = new CommandError('outer', { cause: new Error('inner') })
  const { text } = reportError(error, { ...quiet, verbose: true })
  expect(text).toContain('report-error.test.ts')
  expect(text).toContain('caused by:\nError: inner')
})

test('what has been said is not said again', () => {
  expect(reportError(new QuietExit(130), quiet)).toEqual({ text: '', exitCode: 130 })
})

test('anything may be thrown', () => {
  expect(reportError('oh no', quiet).text).toMatch(/^error: oh no\n/)
})
