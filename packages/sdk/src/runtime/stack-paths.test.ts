import { expect, test } from 'vitest'
import { readableStack } from './stack-paths.ts'

test("a bundle's stack has paths of the project, and neither the SDK nor Node", () => {
  const stack = [
    'RangeError: bad row',
    '    at parse (/data/bundles/src/etl.ts:12:5)',
    '    at file:///data/bundles/src/etl.ts:20:3',
    '    at Worker.run (/data/bundles/tern-sdk/sdk/src/runtime/worker.ts:99:9)',
    '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
    '    at async Promise.all (index 3)',
    '    at async load (/data/bundles/node_modules/csv/index.js:1:1)',
  ].join('\n')
  expect(readableStack(stack, 'file:///data/bundles/abc.mjs')).toBe(
    [
      'RangeError: bad row',
      '    at parse (src/etl.ts:12:5)',
      '    at src/etl.ts:20:3',
      '    at async load (node_modules/csv/index.js:1:1)',
    ].join('\n'),
  )
})

test('a message of several lines stays whole', () => {
  expect(readableStack('Error: one\ntwo\n    at f (/b/a.ts:1:1)', 'file:///b/x.mjs')).toBe(
    'Error: one\ntwo\n    at f (a.ts:1:1)',
  )
})

test('outside of a bundle paths stay as they are', () => {
  expect(readableStack('Error: x\n    at f (/p/a.ts:1:1)\n    at g (node:fs:1:1)', undefined)).toBe(
    'Error: x\n    at f (/p/a.ts:1:1)',
  )
})

test('a stack without frames stays as it is', () => {
  expect(readableStack('Error: x', 'file:///b/x.mjs')).toBe('Error: x')
})
