import { PassThrough } from 'node:stream'
import { fromBinary } from '@bufbuild/protobuf'
import { systemClock } from '@tern/core'
import { LogChunkSchema, LogLine_Stream } from '@tern/idl/worker'
import { expect, test } from 'vitest'
import { LineLog } from './line-log.ts'

function open(stored?: () => Promise<void>) {
  const texts: string[] = []
  const chunks: number[] = []
  const log = new LineLog({
    clock: systemClock,
    onChunk: (chunk, lineCount) => {
      chunks.push(chunk.length)
      expect(fromBinary(LogChunkSchema, chunk).lines).toHaveLength(lineCount)
      texts.push(...fromBinary(LogChunkSchema, chunk).lines.map(({ text }) => text))
    },
    stored,
  })
  const output = new PassThrough()
  log.capture(output, LogLine_Stream.STDERR)
  return { log, output, texts, chunks }
}

const ended = (output: PassThrough) => new Promise((resolve) => output.end().once('close', resolve))

test('lines are whole, however they come, and the last needs no end', async () => {
  const { log, output, texts } = open()
  for (const part of ['on', 'e\r', '\ntwo\n\nth', 'ree']) output.write(part)
  await ended(output)
  log.flush()
  expect(texts).toEqual(['one', 'two', '', 'three'])
  expect(log.lastErrors).toEqual(['one', 'two', '', 'three'])
})

test("the error that Flyte's SDK prints to standard output is the last of what went wrong", async () => {
  const { log, output } = open()
  const printed = new PassThrough()
  log.capture(printed, LogLine_Stream.STDOUT)
  printed.write('usual\nFiltered traceback (most recent call last):\nAssertionError: two\n\nusual\n')
  output.write('  File "a.py", line 1\n')
  await Promise.all([ended(output), ended(printed)])
  expect(log.lastErrors).toEqual(['  File "a.py", line 1', 'AssertionError: two'])
})

test('long lines are in parts, and no chunk is large', async () => {
  const { log, output, texts, chunks } = open()
  for (let line = 0; line < 50; line++) output.write(`${'x'.repeat(40_000)}\n`)
  await ended(output)
  log.flush()
  expect(texts.join('')).toHaveLength(50 * 40_000)
  expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(40_000)
  expect(Math.max(...chunks)).toBeLessThan(400_000)
})

test('whoever writes more than can be stored waits', async () => {
  let isStored = () => {}
  const { log, output, texts } = open(() => new Promise((resolve) => (isStored = resolve)))
  const lines = Array.from({ length: 20_000 }, (_, index) => String(index))
  for (const line of lines) output.write(`${line}\n`)
  await expect.poll(() => output.isPaused()).toBe(true)
  expect(texts.length).toBeLessThan(20_000)
  const closed = ended(output)
  // As often as it has to wait.
  const timer = setInterval(() => isStored(), 1)
  await closed
  clearInterval(timer)
  log.flush()
  expect(texts).toEqual(lines)
})
