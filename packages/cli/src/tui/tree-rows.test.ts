import type { LocalActionState } from '@tern/sdk'
import { describe, expect, test } from 'vitest'
import { cutLine } from './detail-lines.ts'
import { toRows } from './tree-rows.ts'

function anAction(name: string, parentName: string | undefined, title = name, phase = 'RUNNING'): LocalActionState {
  return { name, parentName, title, group: '', phase } as LocalActionState
}

const tree = [
  anAction('a0', undefined, 'main'),
  anAction('b', 'a0', 'load'),
  anAction('c', 'a0', 'train', 'FAILED'),
  anAction('d', 'b', 'read'),
  anAction('e', 'c', 'fit'),
]
const none = { folded: new Set<string>(), filter: '' }

function shown(options: Parameters<typeof toRows>[1]): string[] {
  return toRows(tree, options).map(({ action, depth }) => `${' '.repeat(depth)}${action.title}`)
}

describe('the tree', () => {
  test('has children below their parents, in the order in which they came', () => {
    expect(shown(none)).toEqual(['main', ' load', '  read', ' train', '  fit'])
    expect(toRows(tree, none).map(({ hasChildren }) => hasChildren)).toEqual([true, true, false, true, false])
  })

  test('hides what is below folded actions', () => {
    expect(shown({ ...none, folded: new Set(['b']) })).toEqual(['main', ' load', ' train', '  fit'])
    expect(shown({ ...none, folded: new Set(['a0']) })).toEqual(['main'])
  })

  test('shows what a filter finds, and what is above it, whatever is folded', () => {
    expect(shown({ folded: new Set(['b']), filter: 'READ' })).toEqual(['main', ' load', '  read'])
    expect(shown({ ...none, filter: 'failed' })).toEqual(['main', ' train'])
    expect(shown({ ...none, filter: 'nothing like it' })).toEqual([])
  })

  test('may be deep, and wide', () => {
    const chain = Array.from({ length: 20_000 }, (_, n) => anAction(`n${n}`, n === 0 ? undefined : `n${n - 1}`))
    expect(toRows(chain, none).at(-1)?.depth).toBe(19_999)
    expect(toRows([], none)).toEqual([])
  })
})

test('a line has nothing in it that a terminal would obey, and is no longer than that', () => {
  expect(cutLine('\u001b[31mred\u001b[0m\tand\r\u0007 so on', 40)).toBe('red    and so on')
  expect(cutLine('0123456789', 5)).toBe('0123…')
})
