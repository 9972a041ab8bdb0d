import { expect, test } from 'vitest'
import { findFile, findTask } from './find-task.ts'

const typescript = `import { env } from './env.ts'

export const load = env.task(async function load(rows: number) {
  return rows
})

export const train = env.task(
  {
    retries: 2,
    name: 'fit',
  },
  () => 1,
)
`
const python = `import flyte

@env.task(
    retries=3,
)
async def main(x: int) -> int:
    return x
`
const files = [
  { path: 'src/tasks.ts', text: typescript },
  { path: 'main.py', text: python },
]

test('a task is found where its statement begins', () => {
  expect(findTask(files, 'load')).toEqual({ path: 'src/tasks.ts', line: 3 })
  expect(findTask(files, 'fit')).toEqual({ path: 'src/tasks.ts', line: 7 })
  expect(findTask(files, 'main')).toEqual({ path: 'main.py', line: 6 })
  expect(findTask(files, 'gone')).toBeUndefined()
  expect(findTask(files, 'a(b')).toBeUndefined()
})

test('the file of a stack trace is found by the end of its path', () => {
  expect(findFile(files, 'src/tasks.ts')?.path).toBe('src/tasks.ts')
  expect(findFile(files, '/tmp/code-1/main.py')?.path).toBe('main.py')
  expect(findFile(files, 'tasks.ts')?.path).toBe('src/tasks.ts')
  expect(findFile(files, 'domain.py')).toBeUndefined()
})
