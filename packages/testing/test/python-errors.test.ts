import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FlyteProject } from '@tern/test-support/flyte-project'

interface End {
  readonly phase: string
  readonly attempts: number
  readonly kind: 'user' | 'system'
  readonly message: string
  readonly logs: string
}

let project: FlyteProject
let ends: Readonly<Record<string, End>>
beforeAll(async () => {
  project = await FlyteProject.start({ files: join(import.meta.dirname, 'python') })
  ends = await project.program('end_badly.py')
}, 400_000)
afterAll(() => project?.stop())

describe('a Python task', () => {
  test.for([
    ['raises', 'user', 1, /^KeyError: 'missing'$/],
    ['syntax', 'user', 1, /^SyntaxError: .*broken_syntax\.py, line 2/],
    ['missing', 'user', 1, /^ModuleNotFoundError: No module named 'no_such_package'\n.*pip install no_such_package/],
    ['module', 'user', 1, /ends\.py", line 10[^]*No module named 'no_such_package'/],
    ['exit', 'system', 4, /^Interrupted: the task ended with exit code 3/],
    ['fault', 'system', 4, /^Interrupted: the task was killed by SIGSEGV: a segmentation fault/],
    ['killed', 'system', 4, /^Interrupted: the task was killed by SIGKILL/],
    ['memory', 'user', 1, /^OOMKilled: .*may use 200 MiB/],
    ['type', 'user', 1, /^DataValidationError: .*ends\.returns_text.*'text'/],
    ['outputs', 'system', 4, /^Interrupted: .*\nAssertionError: Received 2 outputs but return annotation has 1/s],
  ] as const)('that ends badly says how: %s', ([name, kind, attempts, message]) => {
    expect(ends[name]).toMatchObject({ phase: 'failed', kind, attempts, message: expect.stringMatching(message) })
  })

  test("that raises has the line of its user's file in its log", () => {
    expect(ends['raises']?.logs).toMatch(/ends\.py", line \d+, in raises\n\s+print\(rows\["missing"\]\)/)
  })
})

test('a file with a syntax error is not sent at all', async () => {
  expect(await project.flyte('run', 'broken_syntax.py', 'main')).toMatch(/broken_syntax\.py.*line 2/s)
})
