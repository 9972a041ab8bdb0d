import { InvalidArgumentError } from '@tern/core'
import { describe, expect, test } from 'vitest'
import { Report } from '../authoring/report.ts'
import { chart, type ChartOptions } from './chart.ts'
import { html } from './markup.ts'

async function pageOf(fill: (report: Report) => unknown): Promise<string> {
  let page = ''
  const report = new Report(async (text) => void (page = text))
  fill(report)
  await report.flush()
  return page
}

const attack = '<script>alert("x")</script>'

describe('html', () => {
  test('escapes values, but for markup', () => {
    const list = ['a', '<b>'].map((item) => html`<li>${item}</li>`)
    const made = html`<ul title="${'"quoted"'}">${list}</ul>${undefined}${null}${false}${0}`
    expect(made.text).toBe('<ul title="&quot;quoted&quot;"><li>a</li><li>&lt;b&gt;</li></ul>0')
  })
})

describe('a report', () => {
  test('shows what it is given as it is, wherever it is put', async () => {
    const page = await pageOf((report) => {
      report.heading(attack).code(attack).code({ a: attack }).text(attack)
      report.table([{ [attack]: attack }]).image(png, { alt: attack })
      report.tab(attack).add(html`${attack}`)
      report.add(
        chart({ type: 'bar', rows: [{ x: attack, [attack]: 1 }], x: 'x', y: attack, title: attack, xLabel: attack }),
      )
      report.add(
        chart({
          type: 'line',
          rows: [
            { x: 1, y: 1, s: attack },
            { x: 2, y: 1, s: 'b' },
          ],
          x: 'x',
          y: 'y',
          series: 's',
        }),
      )
    })
    expect(page).not.toContain('<script')
    expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(10)
  })

  test('has one page for each tab, which turn without a script', async () => {
    const page = await pageOf((report) => {
      report.text('first')
      report.tab('two').text('second')
      report.tab('empty')
    })
    expect(page.match(/<label for="tab\d">[^<]*/g)).toEqual(['<label for="tab0">main', '<label for="tab1">two'])
    expect(page).toContain('#tab0:checked~#page0,#tab1:checked~#page1{display:block}')
  })

  test('takes only markup that is known to be', async () => {
    await expect(pageOf((report) => report.add('<b>' as never))).rejects.toThrow(InvalidArgumentError)
  })
})

const png = Buffer.from('89504e470d0a1a0a00', 'hex')

describe('an image', () => {
  test.each([
    ['image/png', png],
    ['image/jpeg', Buffer.from('ffd8ffe0', 'hex')],
    ['image/gif', Buffer.from('GIF89a')],
    ['image/webp', Buffer.from('RIFF0000WEBPVP8 ')],
    ['image/avif', Buffer.from('0000ftypavif')],
    ['image/svg+xml', Buffer.from('<?xml version="1.0"?>\n<!-- a --><svg xmlns="http://www.w3.org/2000/svg"/>')],
  ])('of type %s is in the page', async (type, bytes) => {
    const page = await pageOf((report) => report.image(bytes, { alt: 'it', width: 40 }))
    expect(page).toContain(
      `<img alt="it" src="data:${type};base64,${Buffer.from(bytes).toString('base64')}" width="40">`,
    )
  })

  test.each([
    ['text', Buffer.from('hello'), 'none of PNG'],
    ['markup', Buffer.from('<html><svg></svg></html>'), 'none of PNG'],
    ['no bytes', 'x' as never, 'it is given as bytes'],
    ['too many bytes', Buffer.concat([png, Buffer.alloc(11 * 1024 * 1024)]), 'more than 10485760'],
  ])('of %s is refused', async (_, bytes, problem) => {
    await expect(pageOf((report) => report.image(bytes, { alt: '' }))).rejects.toThrow(problem)
  })
})

const days = [
  { day: new Date('2026-01-01'), rain: 1, sun: 8, place: 'A' },
  { day: new Date('2026-01-03'), rain: 3.5, sun: 2, place: 'A' },
  { day: new Date('2026-01-02'), rain: undefined, sun: 5, place: 'B' },
  { day: new Date('2026-01-04'), rain: -1, sun: 4n, place: 'B' },
]
const draw = (options: Partial<ChartOptions<(typeof days)[number]>>) =>
  chart({ type: 'line', rows: days, x: 'day', y: 'rain', ...options } as ChartOptions<(typeof days)[number]>).text

describe('a chart', () => {
  test('of lines is broken where a value is missing, and in order of time', () => {
    const svg = draw({})
    expect(svg.match(/<path/g)).toHaveLength(1)
    expect(svg.match(/<circle/g)).toHaveLength(1)
    expect(svg).toContain('aria-label="rain by day"')
    expect(svg).toContain('>Fri 02<')
    const [, line = ''] = /<path d="M([^"]*)"/.exec(draw({ y: 'sun' })) ?? []
    const xs = line.split('L').map((corner) => Number(corner.split(',')[0]))
    expect(xs).toEqual(xs.toSorted((a, b) => a - b))
  })

  test('of several columns, or series, has a colour and a name for each', () => {
    for (const svg of [draw({ y: ['rain', 'sun'] }), draw({ y: 'sun', series: 'place' })]) {
      expect(new Set(svg.match(/stroke="#[0-9a-f]{6}"/g))).toHaveLength(2)
      expect(svg.match(/<rect[^>]*rx="2"/g)).toHaveLength(2)
    }
    expect(draw({ y: 'sun', series: 'place' })).toMatch(/>A<.*>B</)
  })

  test('of bars begins at zero, and bars below it hang from it', () => {
    const rects = [
      ...draw({ type: 'bar' }).matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"/g),
    ]
    expect(rects).toHaveLength(3)
    const [first, second, last] = rects.map(([, , y, height]) => ({
      top: Number(y),
      bottom: Number(y) + Number(height),
    }))
    expect(first?.bottom).toBeCloseTo(second?.bottom ?? 0, 0)
    expect(last?.top).toBeCloseTo(first?.bottom ?? 0, 0)
  })

  test('of an area is filled down to zero', () => {
    expect(draw({ type: 'area', y: 'sun' })).toContain('fill-opacity=".25"')
  })

  test('of numbers counts them', () => {
    const rows = [1, 1, 2, 3, 10, undefined].map((n) => ({ n }))
    const svg = chart({ type: 'histogram', rows, x: 'n' }).text
    const counts = [...svg.matchAll(/<title>[^<]*: (\d+)<\/title>/g)].map(([, count]) => Number(count))
    expect(counts.reduce((a, b) => a + b)).toBe(5)
    expect(counts).toEqual([4, 0, 0, 1])
  })

  test('of nothing, of one value and of many words is one, too', () => {
    expect(draw({ rows: [] })).toContain('</svg>')
    expect(chart({ type: 'histogram', rows: [{ n: 4 }], x: 'n' }).text).toContain(': 1</title>')
    const rows = Array.from({ length: 300 }, (_, i) => ({ word: `a long word ${i}`, n: i }))
    const svg = chart({ type: 'bar', rows, x: 'word', y: 'n' }).text
    expect(svg.match(/<rect/g)).toHaveLength(300)
    expect(svg.match(/a long word \d*…/g)?.length).toBeLessThan(10)
    expect(svg).not.toContain('NaN')
  })

  test.each<[string, object, string]>([
    ['a type that there is not', { type: 'pie' }, 'there is no type "pie": there are line'],
    ['a column that there is not', { y: 'snow' }, 'no row has snow'],
    ['a column of texts', { y: 'place' }, 'column place has "A", which is no number'],
    ['no column', { y: undefined }, 'say which column is drawn'],
    ['a size of nothing', { width: 0 }, 'width and height must be 100 or more'],
    ['two bars of the same', { type: 'bar', x: 'place' }, 'two rows are of place "A"'],
    ['series of several columns', { y: ['rain', 'sun'], series: 'place' }, 'with several columns, there are no series'],
  ])('with %s is refused', (_, options, problem) => {
    expect(() => draw(options)).toThrow(`chart: ${problem}`)
  })
})
