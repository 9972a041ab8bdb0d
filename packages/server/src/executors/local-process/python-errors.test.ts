import type { TaskFailure } from '@tern/core'
import { expect, test } from 'vitest'
import { explainPython } from './python-errors.ts'

const place = { workingDir: '/data/work/p/d/r1/a0-1', python: '/venv/bin/python' }

function aFailure(overrides: Partial<TaskFailure>): TaskFailure {
  return { code: 'ValueError', message: 'no', kind: 'user', recoverable: true, ...overrides }
}

test('a file is called as its author knows it', () => {
  const stack = 'Traceback (most recent call last):\n  File "/data/work/p/d/r1/a0-1/././etl/load.py", line 7, in load'
  const message = 'cannot parse /data/work/p/d/r1/a0-1/rows.csv, nor /data/work/p/d/r1/a0-12/rows.csv'
  expect(explainPython(aFailure({ stack, message }), place)).toEqual(
    aFailure({
      stack: 'Traceback (most recent call last):\n  File "etl/load.py", line 7, in load',
      message: 'cannot parse rows.csv, nor /data/work/p/d/r1/a0-12/rows.csv',
    }),
  )
})

test('so is one of an environment for reuse', () => {
  const stack = 'Traceback (most recent call last):\n  File "/data/work/.warm/servers/17-code-3/etl/load.py", line 7'
  expect(explainPython(aFailure({ stack }), place).stack).toContain('File "etl/load.py", line 7')
})

test.each([
  ["No module named 'pandas.core'", 'pandas'],
  ["Full traceback: …\nModule 'yaml' not found in either", 'yaml'],
])('what is missing is named, with how to get it: %s', (message, module) => {
  const explained = explainPython(aFailure({ code: 'ModuleNotFoundError', message }), place).message
  expect(explained).toContain(`/venv/bin/python -m pip install ${module}`)
  expect(explained).toContain(`with_pip_packages("${module}")`)
})

test('code that cannot be loaded says why before it says where', () => {
  const message = '\n\nFull traceback:\nTraceback (most recent call last):\n  File "a.py"\nTypeError: not that\n'
  const explained = explainPython(aFailure({ code: 'TypeError', message }), place).message
  expect(explained).toBe(`not that${message}`)
})

test('an error that names no module, or is not of Python, stays as it is', () => {
  const failure = aFailure({ code: 'ModuleNotFoundError', message: 'no' })
  expect(explainPython(failure, place)).toEqual(failure)
  const other = aFailure({ code: 'ModuleNotFoundError', message: "No module named 'x'" })
  expect(explainPython(other, { ...place, python: null })).toEqual(other)
})
