import { expect, test } from 'vitest'
import { memoryIo } from '../test/memory-io.ts'
import { Progress } from './progress.ts'

test('draws a line on a terminal, and takes it away', () => {
  const io = memoryIo({ isTerminal: true })
  const progress = new Progress(io)
  progress.show('RUNNING')
  progress.around(() => io.stdout.write('a line of the log\n'))
  progress.end()
  expect(io.written.stderr).toContain('RUNNING')
  expect(io.written.stderr.endsWith('\r\u001b[2K')).toBe(true)
  expect(io.written.stdout).toBe('a line of the log\n')
})

test('draws nothing where nobody watches', () => {
  const io = memoryIo()
  const progress = new Progress(io)
  progress.show('RUNNING')
  progress.around(() => io.stdout.write('a line of the log\n'))
  progress.end()
  expect(io.written).toEqual({ stdout: 'a line of the log\n', stderr: '' })
})
