import { expect, test } from 'vitest'
import { mayDeriveTasks } from './candidates.ts'

test.each([
  'env.task(predict)',
  'env.task(async function f() {})',
  'env\n  .task(async (x: number) => x)',
  'env.task<typeof f>(f)',
  "env.task({ name: 'f' }, async (x: number) => x)",
  "env.task({ name: 'f' }, (label = 'a') => {})",
  "env.task({ name: 'f' }, ({ x }: { x: number }) => {})",
  "env.task({ name: 'f' }, () => 3)",
  "env.task({ name: 'f' }, async () => { if (a) { return 3 } })",
  "env.task({ name: 'f' }, async (): Promise<number> => 3)",
  "env.task({ name: 'f' }, function* (): Generator<string, number> {})",
  "env.task({ name: 'f', ...rest }, async () => {})",
  'env.task(options, async () => {})',
  "env.task({ name: 'f', retries: { count: 3, inputs: 1 } }, predict)",
  "env.task({ name: 'f', docs: 'inputs: none' }, predict)",
])('%s may be in its types', (text) => {
  expect(mayDeriveTasks(text)).toBe(true)
})

test.each([
  '// env.task(predict)',
  '/**\n * env.task(predict)\n */',
  'task(predict)',
  'env.tasks(predict)',
  "env.task({ name: 'a', inputs: {}, retries: 3 }, (x) => x)",
  "env.task({ docs: 'a } b', output: z.string() }, async () => 'x')",
  "env.task({ name: 'c', 'outputs': { a: z.int() } }, async () => ({ a: 1 }))",
  "env.task({ name: 'c', inputs }, async ({ x }: { x: number }) => x)",
  "env.task({ name: 'c' }, async () => { await Promise.all([1].map((x) => { log(x); return }) ) })",
  "env.task({ name: 'd' }, (_, { signal }) => untilAborted(signal))",
  "env.task({ name: 'd' }, (_, { attempt }) => {\n  return `${attempt}`\n})",
  "env.task({ name: 'e' }, async (): Promise<void> => {})",
  "env.task({ name: 'f' }, async function () {})",
  "env.task({ name: 'g', cache: { version: '1' } }, inputs => log(inputs))",
])('%s is not in its types', (text) => {
  expect(mayDeriveTasks(text)).toBe(false)
})

test('parameters of JavaScript have their types in comments', () => {
  const text = "env.task({ name: 'f' }, /** @param {number} x */ (x) => {})"
  expect(mayDeriveTasks(text)).toBe(false)
  expect(mayDeriveTasks(text, true)).toBe(true)
})
