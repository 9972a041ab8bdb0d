import { expect, test } from 'vitest'
import { parseAnsi, plainText } from './ansi.ts'

test('colours and bold begin and end as in a terminal; what moves the cursor is left out', () => {
  const line = '\u001b[2K\u001b[31mred \u001b[1mand bold\u001b[0m plain \u001b[38;5;9mother\u001b[39m'
  expect(parseAnsi(line)).toEqual([
    { text: 'red ', className: 'text-bad' },
    { text: 'and bold', className: 'text-bad font-semibold' },
    { text: ' plain ', className: '' },
    { text: 'other', className: '' },
  ])
})

test('a line without them is itself', () => {
  expect(plainText('\u001b[31mred\u001b[0m and plain')).toBe('red and plain')
  expect(parseAnsi('plain')).toEqual([{ text: 'plain', className: '' }])
})
