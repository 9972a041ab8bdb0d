import { expect, test } from 'vitest'
import { parseErrorText } from './error-text.ts'

const bundle = '/data/storage/uploads/flytesnacks/development/UTEJ4C5KHLKZ3OYE======'

test('a message without more is only that', () => {
  expect(parseErrorText('the task took too long')).toEqual({
    code: '',
    message: 'the task took too long',
    frames: [],
    rest: '',
    cause: undefined,
  })
})

test('of a stack, the lines of the user are told from ours, and files have the names that the user gave them', () => {
  const { code, message, frames } = parseErrorText(
    [
      'BadRowError: line 5, order 1004: amount "12.5O" is not a number',
      `    at to-order (${bundle}/examples/etl.ts:46:13)`,
      `    at Worker.run (${bundle}/tern-sdk/sdk/src/runtime/worker.ts:130:41)`,
      '    at async Promise.allSettled (index 3)',
      '    at async pour (a folder/tasks.ts:22:26)',
      `    at async main (${bundle}/examples/etl.ts:69:22)`,
      `    at ${bundle}/node_modules/zod/index.js:7:1`,
      '    at node:internal/process/task_queues:104:5',
    ].join('\n'),
  )
  expect([code, message]).toEqual(['BadRowError', 'line 5, order 1004: amount "12.5O" is not a number'])
  expect(frames).toEqual([
    { name: 'to-order', file: 'examples/etl.ts', line: 46, isOwn: true },
    { name: 'Worker.run', file: 'tern-sdk/sdk/src/runtime/worker.ts', line: 130, isOwn: false },
    { name: 'async Promise.allSettled (index 3)', file: '', line: undefined, isOwn: false },
    { name: 'pour', file: 'a folder/tasks.ts', line: 22, isOwn: true },
    { name: 'main', file: 'examples/etl.ts', line: 69, isOwn: true },
    { name: '', file: 'node_modules/zod/index.js', line: 7, isOwn: false },
    { name: '', file: 'node:internal/process/task_queues', line: 104, isOwn: false },
  ])
})

test('what caused an error is an error itself, to any depth', () => {
  const error = parseErrorText(
    'A: one\ntwo lines\n    at f (/a.ts:1:2)\ncaused by B: two\n    at g (/b.ts:3:4)\ncaused by C: three',
  )
  expect([error.message, error.cause?.code, error.cause?.frames.length]).toEqual(['one\ntwo lines', 'B', 1])
  expect(error.cause?.cause).toMatchObject({ code: 'C', message: 'three', cause: undefined })
})

test("Python's traces end with the message, and their innermost call comes first", () => {
  const { code, message, frames } = parseErrorText(
    [
      'Traceback (most recent call last):',
      '  File "/usr/lib/python3.11/asyncio/runners.py", line 118, in run',
      '    return self._loop.run(main)',
      '  File "/app/pipeline.py", line 12, in main',
      '    raise ValueError("no rows")',
      'ValueError: no rows',
    ].join('\n'),
  )
  expect([code, message]).toEqual(['ValueError', 'no rows'])
  expect(frames.map(({ file, line, isOwn }) => [file, line, isOwn])).toEqual([
    ['/app/pipeline.py', 12, true],
    ['/usr/lib/python3.11/asyncio/runners.py', 118, false],
  ])
})
