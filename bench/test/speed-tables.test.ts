import { expect, test } from 'vitest'
import { parseOptions } from '../src/options.ts'
import { limitsOf } from '../src/speed/budgets.ts'
import { commandOf, type SpeedRow, verdictOf } from '../src/speed/rows.ts'
import { planOf } from '../src/speed/run-speed.ts'
import { speedTable, toMarkdown, toText } from '../src/speed/tables.ts'
import { summarize } from '../src/summary.ts'

const row: SpeedRow = {
  shape: 'chain --length 500',
  quantity: 'wall time',
  unit: 's',
  digits: 3,
  budget: 0.3,
  aim: 0.18,
  measured: 0.25,
  rounds: { median: 0.25, min: 0.2, max: 0.31 },
  cold: 1.5,
}

test('a budget is kept by what is as long as it, and missed by what is longer', () => {
  expect(verdictOf({ ...row, measured: 0.3 })).toBe('pass')
  expect(verdictOf({ ...row, measured: 0.301 })).toBe('miss')
  expect(verdictOf({ ...row, budget: undefined })).toBe('none')
})

test('the table says what may be taken, what was, and whether the aim is met', () => {
  const rows = [row, { ...row, measured: 0.17 }, { ...row, measured: 0.4 }]
  const [header, ...cells] = speedTable(rows)
  expect(header).toHaveLength(cells[0]!.length)
  expect(cells[0]).toEqual([
    'chain --length 500',
    'wall time',
    '0.3 s',
    '0.18 s',
    '0.25 s',
    '0.2–0.31',
    '1.5 s',
    'pass',
  ])
  expect(cells.map((line) => line.at(-1))).toEqual(['pass', 'pass, aim met', 'miss'])
})

test('tables are aligned, as text and in Markdown', () => {
  const table = [
    ['shape', 'result'],
    ['a', 'pass'],
  ]
  expect(toText(table)).toBe('shape  result\na      pass')
  expect(toMarkdown(table)).toBe('| shape | result |\n| ----- | ------ |\n| a     | pass   |')
})

test('a summary has the middle of all, or the mean of the two in the middle', () => {
  expect(summarize([3, 1, 10])).toEqual({ median: 3, min: 1, max: 10 })
  expect(summarize([4, 1, 2, 9])).toEqual({ median: 3, min: 1, max: 9 })
  expect(() => summarize([])).toThrow(RangeError)
})

test('budgets are those of the sizes in the table, and of no others', () => {
  expect(limitsOf('swarm', { k: 25, n: 2000 }).map(({ budget }) => budget)).toEqual([5])
  expect(limitsOf('swarm', { k: 100, n: 2000 }).map(({ budget }) => budget)).toEqual([20, 512])
  expect(limitsOf('swarm', { k: 26, n: 2000 })).toEqual([])
})

test('a shape is measured as often as the table says, unless told', () => {
  expect(planOf('fanout', {}, undefined)).toMatchObject({ parameters: { n: 6000 }, rounds: 10, warmUps: 5 })
  expect(planOf('fanout', { n: 7 }, 2)).toMatchObject({ parameters: { n: 7 }, rounds: 2 })
  expect(commandOf('hold', { m: 3, seconds: 1, parents: 1 })).toBe('hold --m 3 --seconds 1')
})

test('options are read, and wrong ones are refused by name', () => {
  expect(parseOptions([])).toMatchObject({ name: 'all', isQuick: false, format: 'text', rounds: undefined })
  expect(parseOptions(['hold', '--m', '5', '--seconds', '0.5', '--rounds', '2', '--json'])).toMatchObject({
    name: 'hold',
    parameters: { m: 5, seconds: 0.5 },
    rounds: 2,
    format: 'json',
  })
  expect(parseOptions(['history', '--rounds', '2'])).toMatchObject({ parameters: {}, rounds: 2 })
  expect(() => parseOptions(['sprint'])).toThrow('there is no shape sprint')
  expect(() => parseOptions(['fanout', '--k', '5'])).toThrow('fanout has no parameter k')
  expect(() => parseOptions(['fanout', '--n', 'many'])).toThrow('--n many must be a number above 0')
  expect(() => parseOptions(['--colour', 'red'])).toThrow(TypeError)
})
