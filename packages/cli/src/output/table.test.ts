import { describe, expect, test } from 'vitest'
import { colorsFor, plainColors } from '../io.ts'
import { type Column, renderTable } from './table.ts'

interface Row {
  readonly name: string
  readonly count: string
  readonly text: string
}

const columns: readonly Column<Row>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'COUNT', value: ({ count }) => count, align: 'right' },
  { title: 'TEXT', value: ({ text }) => text, shrinks: true },
]

function render(rows: readonly Row[], width?: number): string[] {
  return renderTable(rows, columns, { colors: plainColors, columns: width }).trimEnd().split('\n')
}

describe('renderTable', () => {
  test('aligns columns, numbers to the right', () => {
    expect(render([aRow({ name: 'a', count: '1' }), aRow({ name: 'longer', count: '123' })])).toEqual([
      'NAME    COUNT  TEXT',
      'a           1  text',
      'longer    123  text',
    ])
  })

  test('leaves columns out that are empty throughout', () => {
    expect(render([aRow({ count: '' })])).toEqual(['NAME  TEXT', 'name  text'])
  })

  test('cuts what may be cut where the terminal is narrow', () => {
    const [, line = ''] = render([aRow({ text: 'x'.repeat(100) })], 40)
    expect(line).toBe(`name      1  ${'x'.repeat(26)}…`)
    expect(line).toHaveLength(40)
  })

  test('cuts nothing where there is no terminal', () => {
    expect(render([aRow({ text: 'x'.repeat(300) })])[1]).toContain('x'.repeat(300))
  })

  test('counts wide characters as two columns', () => {
    expect(render([aRow({ name: '天気' }), aRow({ name: 'abcd' })])).toEqual([
      'NAME  COUNT  TEXT',
      '天気      1  text',
      'abcd      1  text',
    ])
  })

  test('keeps control characters from the terminal', () => {
    expect(render([aRow({ text: 'a\u001b[31mb\nc' })])[1]).toBe('name      1  a [31mb c')
  })

  test('colours do not disturb the alignment', () => {
    const colors = colorsFor(true, { FORCE_COLOR: '1' })
    const styled = columns.map((column) => ({ ...column, style: (text: string) => colors.green(text) }))
    const text = renderTable([aRow({}), aRow({ name: 'n' })], styled, { colors, columns: 80 })
    expect(text).toContain(`${colors.green('n')}   `)
  })
})

function aRow(row: Partial<Row>): Row {
  return { name: 'name', count: '1', text: 'text', ...row }
}
