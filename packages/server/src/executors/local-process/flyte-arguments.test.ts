import { expect, test } from 'vitest'
import { taskCodeOf } from './flyte-arguments.ts'

const resolver = [
  '--resolver',
  'flyte._internal.resolvers.default.DefaultTaskResolver',
  'mod',
  'etl.load',
  'instance',
  'main',
]

test('a task names its bundle and its module', () => {
  expect(taskCodeOf(['a0', '--tgz', '/uploads/fast1.tar.gz', '--dest', '.', ...resolver])).toEqual({
    bundleUri: '/uploads/fast1.tar.gz',
    module: 'etl.load',
  })
})

test.each([
  ['no bundle', resolver, { module: 'etl.load' }],
  ['a bundle for another place', ['--tgz', 'x', '--dest', '/srv/code', ...resolver], { module: 'etl.load' }],
  ['a pickled task', ['--pkl', '/uploads/task.pkl', '--dest', '.'], {}],
  ['a resolver of its own', ['--tgz', 'x', '--resolver', 'mine.Resolver', 'mod', 'm'], { bundleUri: 'x' }],
])('%s', (_, argv, expected) => {
  expect(taskCodeOf(['a0', ...argv])).toEqual({ bundleUri: undefined, module: undefined, ...expected })
})
