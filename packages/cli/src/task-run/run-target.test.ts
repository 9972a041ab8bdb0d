import { Command } from 'commander'
import { expect, test } from 'vitest'
import { withRunOptions } from '../commands/run-options.ts'
import { toRunTarget } from './run-target.ts'

const run = withRunOptions(new Command('run'))

test.each([
  [['hello.ts', 'main', '--n', '1'], undefined, { kind: 'file', file: 'hello.ts', rest: ['main', '--n', '1'] }],
  [['hello.ts', 'main'], 'my-run', { kind: 'file', file: 'hello.ts', rest: ['main'] }],
  [['deployed-task', 'hello.main'], undefined, { kind: 'deployed', rest: ['hello.main'] }],
  [['deployed-task', 'hello.main'], 'my-run', { kind: 'deployed', rest: ['hello.main'] }],
  [['trigger', 'hello.main', 'nightly'], undefined, { kind: 'trigger', rest: ['hello.main', 'nightly'] }],
  [['--n', '1'], 'hello.main', { kind: 'named', reference: 'hello.main', rest: ['--n', '1'] }],
  [[], 'hello.main', { kind: 'named', reference: 'hello.main', rest: [] }],
])('%j with --name %s', (words, name, target) => {
  expect(toRunTarget(words, name, run)).toEqual(target)
})

test('nothing to run is a misuse', () => {
  expect(() => toRunTarget([], undefined, run)).toThrow('tern run needs a file, or the name of a deployed task')
})

test('an unknown flag before the file is a misuse, with what was meant', () => {
  expect(() => toRunTarget(['--folow', 'hello.ts'], undefined, run)).toThrow('unknown option --folow')
  expect(() => toRunTarget(['--folow', 'hello.ts'], undefined, run)).toThrow(
    expect.objectContaining({ hint: 'Did you mean --follow?' }),
  )
})
