import { describe, expect, test } from 'vitest'
import {
  checkActionName,
  checkDomainName,
  checkEnvironmentName,
  checkOrgName,
  checkProjectName,
  checkRunName,
  checkTaskName,
  checkTaskVersion,
  checkTriggerName,
  functionNameOf,
  newRunName,
  truncateText,
} from './identifiers.ts'

describe('names', () => {
  test.each([
    [checkRunName, ['r', 'my-run-1', 'a'.repeat(30)], ['', 'Run', '1run', 'run-', '-run', 'a_b', 'a'.repeat(31)]],
    [
      checkActionName,
      ['a0', 'd4jn31bl2wx35sxwvoduvpjpt', 'Any name'],
      ['', 'a/b', '..', '.', 'a\n', 'a\\b', 'x'.repeat(31)],
    ],
    [checkProjectName, ['flytesnacks', '1a', 'a-b'], ['', 'A', 'a_b', '-a', 'a-', 'x'.repeat(64)]],
    [checkDomainName, ['development'], ['', 'Dev', 'x'.repeat(64)]],
    [checkOrgName, ['tern'], ['', 'a.b']],
    [checkEnvironmentName, ['hello', 'a_b', 'a-b-c', '1'], ['', 'A', 'a__b', '_a', 'a-', 'a.b', 'x'.repeat(64)]],
    [checkTaskName, ['env.func', 'x'.repeat(255), 'env.naïve'], ['', 'x'.repeat(256), 'a\0b']],
    [checkTaskVersion, ['v1', '0123abcd'], ['', 'x'.repeat(64)]],
    [checkTriggerName, ['nightly'], ['', 'x'.repeat(256)]],
  ])('%o accepts and refuses', (check, good, bad) => {
    for (const name of good) expect(() => check(name)).not.toThrow()
    for (const name of bad)
      expect(() => check(name), name).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })

  test('errors name the field, the value and the rule', () => {
    expect(() => checkRunName('My_Run', 'run.name')).toThrow(
      'run.name "My_Run" must start with a lower-case letter and go on with lower-case letters, digits or "-", not ending in "-"',
    )
    expect(() => checkProjectName('', 'project')).toThrow('project is empty')
    expect(() => checkTaskVersion('x'.repeat(64))).toThrow('has 64 characters, at most 63 are allowed')
  })

  test('characters are counted, not UTF-16 units', () => {
    expect(() => checkTaskName('😀'.repeat(255))).not.toThrow()
  })
})

describe('new run names', () => {
  test('are valid, of 20 safe characters', () => {
    for (let i = 0; i < 200; i++) {
      const name = newRunName()
      expect(name).toMatch(/^r[bcdfghjklmnpqrstvwxz2456789]{19}$/)
      checkRunName(name)
    }
  })

  test('follow the random source', () => {
    expect(newRunName(() => 0)).toBe(`r${'b'.repeat(19)}`)
    expect(newRunName((bound) => bound - 1)).toBe(`r${'9'.repeat(19)}`)
  })
})

describe('function names', () => {
  test.each([
    ['env.func', 'env', 'func'],
    ['env.a.b', 'env', 'a.b'],
    ['other.pkg.func', 'env', 'func'],
    ['environment.func', 'env', 'func'],
    ['func', '', 'func'],
    ['a.b', undefined, 'b'],
  ])('of %s in %s is %s', (task, environment, name) => {
    expect(functionNameOf(task, environment)).toBe(name)
  })
})

describe('truncation', () => {
  test.each([
    ['abc', 5, 'abc'],
    ['abc', 2, 'ab'],
    ['a😀b', 2, 'a😀'],
    ['😀😀😀', 2, '😀😀'],
    ['😀', 1, '😀'],
    ['abc', 0, ''],
  ])('of %o to %d is %o', (text, max, cut) => {
    expect(truncateText(text, max)).toBe(cut)
  })
})
