import { describe, expect, test } from 'vitest'
import { initialState, type Keystroke, react, type Surroundings, type TreeState } from './tree-state.ts'

const around: Surroundings = {
  rows: [
    { name: 'a0', parentName: undefined, hasChildren: true },
    { name: 'b', parentName: 'a0', hasChildren: true },
    { name: 'c', parentName: 'b', hasChildren: false },
    { name: 'd', parentName: 'a0', hasChildren: false },
  ],
  pageSize: 2,
  detailCount: 30,
  detailSize: 10,
  isRunning: true,
  isAsked: true,
}

const named = (name: Keystroke['name']): Keystroke => ({ input: '', name })
const typed = (text: string): Keystroke[] => Array.from(text, (input) => ({ input }))

function after(keys: readonly Keystroke[], change: Partial<Surroundings> = {}, from: TreeState = initialState) {
  let [state, command] = [from, 'none']
  for (const key of keys) ({ state, command } = react(state, key, { ...around, ...change }))
  return { state, command }
}

describe('the selection', () => {
  test.each([
    [[named('down')], 'b'],
    [[named('down'), named('down'), named('up')], 'b'],
    [typed('jjk'), 'b'],
    [typed('G'), 'd'],
    [typed('Gg'), 'a0'],
    [[named('pageDown')], 'c'],
    [[named('end'), named('pageUp')], 'b'],
    [[named('up')], 'a0'],
  ] as const)('moves with %j to %s', (keys, selected) => {
    expect(after(keys).state.selected).toBe(selected)
  })

  test('folds and unfolds, and goes up from what has nothing below it', () => {
    const folded = after([...typed('jh')]).state
    expect([...folded.folded]).toEqual(['b'])
    expect(after(typed('h'), {}, folded).state.selected).toBe('a0')
    expect([...after(typed('l'), {}, folded).state.folded]).toEqual([])
    expect(after(typed('jjh')).state.selected).toBe('b')
    expect([...after([named('return')]).state.folded]).toEqual(['a0'])
  })
})

test('tabs go round, and are chosen by number', () => {
  expect(initialState.tab).toBe('logs')
  expect(after([named('tab')]).state.tab).toBe('error')
  expect(after([named('tab'), named('tab')]).state.tab).toBe('inputs')
  expect(after([named('shiftTab')]).state.tab).toBe('outputs')
  expect(after(typed('1')).state.tab).toBe('inputs')
})

test('details scroll within their lines; logs follow their end again', () => {
  const up = after(typed('KK')).state
  expect(up.scroll).toBe(18)
  expect(after(typed('JJ'), {}, up).state.scroll).toBe(null)
  expect(after([...typed('1J')]).state.scroll).toBe(1)
  expect(after([...typed('1K')]).state.scroll).toBe(0)
})

test('a filter is typed, kept and taken back', () => {
  const typing = after([...typed('/trxq'), named('backspace'), named('backspace')]).state
  expect(typing).toMatchObject({ filter: 'tr', typing: 'filter' })
  expect(after([named('return')], {}, typing).state).toMatchObject({ filter: 'tr', typing: null })
  expect(after([named('escape')], {}, typing).state).toMatchObject({ filter: '', typing: null })
  expect(after([named('return'), named('escape')], {}, typing).state.filter).toBe('')
})

test('a condition is answered, or put off', () => {
  expect(after(typed('a'), { isAsked: false }).state.typing).toBe(null)
  const typing = after([...typed('ayq'), named('backspace')])
  expect(typing.state).toMatchObject({ answer: 'y', typing: 'answer' })
  expect(after([named('return')], {}, typing.state).command).toBe('answer')
  expect(after([named('escape')], {}, typing.state)).toMatchObject({ command: 'none', state: { typing: null } })
})

test('leaving a run that goes on asks first, and an interrupt does not', () => {
  expect(after(typed('q'), { isRunning: false }).command).toBe('quit')
  expect(after(typed('q'))).toMatchObject({ command: 'none', state: { isLeaving: true } })
  expect(after(typed('qn'))).toMatchObject({ command: 'none', state: { isLeaving: false } })
  expect(after(typed('qy')).command).toBe('abort')
  expect(after([named('interrupt')]).command).toBe('abort')
  expect(after([named('interrupt')], { isRunning: false }).command).toBe('quit')
})
