import { type ScaleBand, type ScaleLinear, type ScaleTime, scaleBand, scaleLinear, scaleUtc } from 'd3-scale'
import type { ChartOptions, ChartRow } from './chart.ts'
import { type ChartData, type Point, type Series, wordOf, type XValue } from './chart-data.ts'
import { escaped } from './markup.ts'

interface Size {
  readonly width: number
  readonly height: number
}

interface Axes {
  readonly x: (value: XValue) => number
  readonly y: ScaleLinear<number, number>
  /** Of a bar's whole place. */
  readonly band: number
  readonly ticks: readonly { readonly at: number; readonly label: string }[]
  readonly bottom: number
  readonly left: number
  readonly right: number
}

// Told apart by people who see colours in other ways, too.
const colours = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#cc79a7', '#56b4e9', '#8a7a00', '#555555']
const margin = { top: 12, right: 28, bottom: 44, left: 60 }
const titleHeight = 24
const legendHeight = 20
const ticksAcross = 90

/** The chart as SVG. */
export function drawChart(options: ChartOptions<ChartRow>, data: ChartData, size: Size): string {
  const { title, type, x, y, xLabel = x } = options
  const yLabel = options.yLabel ?? (type === 'histogram' ? 'count' : typeof y === 'string' ? y : '')
  const hasLegend = data.series.length > 1
  const top = margin.top + (title === undefined ? 0 : titleHeight) + (hasLegend ? legendHeight : 0)
  const axes = axesOf(options, data, size, top)
  const name = title ?? `${yLabel} by ${xLabel}`
  const shapes = data.series.map((series, index) => shapeOf(type, series, axes, index, data.series.length))
  const parts = [
    title === undefined
      ? ''
      : `<text x="${margin.left}" y="18" font-size="15" font-weight="600">${escaped(title)}</text>`,
    hasLegend ? legend(data.series, top - 10) : '',
    grid(axes, top),
    axisLabels(axes, size, top, xLabel, yLabel),
    ...shapes,
  ]
  const attributes = `viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}"`
  const style = 'max-width:100%;height:auto;font:12px system-ui,sans-serif'
  return `<svg xmlns="http://www.w3.org/2000/svg" ${attributes} role="img" aria-label="${escaped(name)}" fill="currentColor" style="${style}">${parts.join('')}</svg>`
}

function axesOf({ type }: ChartOptions<ChartRow>, { series, xKind }: ChartData, size: Size, top: number): Axes {
  const left = margin.left
  const right = size.width - margin.right
  const bottom = size.height - margin.bottom
  const points = series.flatMap((one) => one.points)
  const heights = points.flatMap((point) => point.y ?? [])
  // Bars and areas begin at nothing; what they are is how long they are.
  const least = heights.reduce(
    (a, b) => Math.min(a, b),
    type === 'line' || type === 'points' ? Number.POSITIVE_INFINITY : 0,
  )
  const most = heights.reduce(
    (a, b) => Math.max(a, b),
    type === 'line' || type === 'points' ? Number.NEGATIVE_INFINITY : 0,
  )
  const y = scaleLinear()
    .domain(heights.length === 0 ? [0, 1] : least === most ? [least - 1, most + 1] : [least, most])
    .nice()
    .range([bottom, top])
  const across = Math.max(2, Math.floor((right - left) / ticksAcross))
  if (xKind === 'word')
    return {
      ...words(
        scaleBand(
          points.map((point) => wordOf(point.x)),
          [left, right],
        ).padding(0.2),
        across,
      ),
      y,
      bottom,
      left,
      right,
    }
  const values = points.map(({ x }) => Number(x))
  const domain = [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)]
  const known = values.length === 0 ? [0, 1] : domain
  const scale =
    xKind === 'time'
      ? scaleUtc(
          known.map((at) => new Date(at)),
          [left, right],
        )
      : scaleLinear(known, [left, right])
  return { ...continuous(scale, across), y, bottom, left, right }
}

function words(scale: ScaleBand<string>, most: number): Pick<Axes, 'x' | 'band' | 'ticks'> {
  const names = scale.domain()
  const every = Math.ceil(names.length / most)
  const middle = (word: string) => (scale(word) ?? 0) + scale.bandwidth() / 2
  const ticks = names.filter((_, i) => i % every === 0).map((word) => ({ at: middle(word), label: shortened(word) }))
  return { x: (value) => middle(wordOf(value)), band: scale.bandwidth(), ticks }
}

function continuous(
  scale: ScaleTime<number, number> | ScaleLinear<number, number>,
  most: number,
): Pick<Axes, 'x' | 'band' | 'ticks'> {
  const format = scale.tickFormat(most) as (value: number | Date) => string
  const ticks = scale.ticks(most).map((value) => ({ at: scale(value), label: format(value) }))
  return { x: (value) => scale(value as number), band: 0, ticks }
}

const longestWord = 14

function shortened(word: string): string {
  return word.length <= longestWord ? word : `${word.slice(0, longestWord - 1)}…`
}

function grid({ y, left, right }: Axes, top: number): string {
  const count = Math.max(2, Math.floor(((y.range()[0] ?? 0) - top) / 45))
  const format = y.tickFormat(count)
  return y
    .ticks(count)
    .map((value) => {
      const at = px(y(value))
      const line = `<line x1="${left}" x2="${right}" y1="${at}" y2="${at}" stroke="currentColor" stroke-opacity=".15"/>`
      return `${line}<text x="${left - 8}" y="${at}" dy=".32em" text-anchor="end">${escaped(format(value))}</text>`
    })
    .join('')
}

function axisLabels({ ticks, bottom, left, right }: Axes, { height }: Size, top: number, x: string, y: string): string {
  const base = `<line x1="${left}" x2="${right}" y1="${px(bottom)}" y2="${px(bottom)}" stroke="currentColor" stroke-opacity=".6"/>`
  const below = ticks.map(
    ({ at, label }) => `<text x="${px(at)}" y="${bottom + 16}" text-anchor="middle">${escaped(label)}</text>`,
  )
  const middle = (left + right) / 2
  const names = `<text x="${middle}" y="${height - 8}" text-anchor="middle" opacity=".7">${escaped(x)}</text><text transform="translate(14 ${px((top + bottom) / 2)}) rotate(-90)" text-anchor="middle" opacity=".7">${escaped(y)}</text>`
  return base + below.join('') + names
}

function legend(series: readonly Series[], y: number): string {
  let x = margin.left
  return series
    .map(({ name }, index) => {
      const at = x
      x += 26 + name.length * 7
      return `<rect x="${at}" y="${y - 9}" width="10" height="10" rx="2" fill="${colourOf(index)}"/><text x="${at + 15}" y="${y}">${escaped(name)}</text>`
    })
    .join('')
}

function shapeOf(type: string, series: Series, axes: Axes, index: number, count: number): string {
  const colour = colourOf(index)
  switch (type) {
    case 'bar':
      return bars(series, axes, index, count, colour)
    case 'histogram':
      return histogram(series, axes, colour)
    case 'points':
      return dots(series.points, axes, colour, 3.5)
    default:
      return lines(series, axes, colour, type === 'area')
  }
}

function bars({ points, name }: Series, { x, y, band }: Axes, index: number, count: number, colour: string): string {
  const width = band / count
  const zero = y(0)
  return points
    .map((point) => {
      if (point.y === undefined) return ''
      const at = y(point.y)
      const place = `x="${px(x(point.x) - band / 2 + index * width)}" y="${px(Math.min(at, zero))}" width="${px(width * 0.94)}" height="${px(Math.abs(zero - at))}"`
      return `<rect ${place} fill="${colour}"><title>${titleOf(name, point)}</title></rect>`
    })
    .join('')
}

function histogram({ points }: Series, { x, y }: Axes, colour: string): string {
  return points
    .slice(0, -1)
    .map((point, i) => {
      const [from, to] = [x(point.x), x((points[i + 1] as Point).x)]
      const at = y(point.y ?? 0)
      const label = `${wordOf(point.x)} – ${wordOf((points[i + 1] as Point).x)}: ${point.y}`
      return `<rect x="${px(from)}" y="${px(at)}" width="${px(Math.max(0, to - from - 1))}" height="${px(y(0) - at)}" fill="${colour}"><title>${escaped(label)}</title></rect>`
    })
    .join('')
}

// What is missing breaks a line in two.
function lines({ points }: Series, axes: Axes, colour: string, isFilled: boolean): string {
  const pieces: Point[][] = [[]]
  for (const point of points) {
    if (point.y === undefined) pieces.push([])
    else pieces.at(-1)?.push(point)
  }
  const { x, y } = axes
  return pieces
    .filter((piece) => piece.length > 0)
    .map((piece) => {
      if (piece.length === 1) return dots(piece, axes, colour, 2.5)
      const corners = piece.map((point) => `${px(x(point.x))},${px(y(point.y ?? 0))}`)
      const line = `<path d="M${corners.join('L')}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`
      if (!isFilled) return line
      const [from, to] = [piece[0] as Point, piece.at(-1) as Point].map((point) => px(x(point.x)))
      return `<path d="M${from},${px(y(0))}L${corners.join('L')}L${to},${px(y(0))}Z" fill="${colour}" fill-opacity=".25"/>${line}`
    })
    .join('')
}

function dots(points: readonly Point[], { x, y }: Axes, colour: string, radius: number): string {
  return points
    .filter((point) => point.y !== undefined)
    .map(
      (point) =>
        `<circle cx="${px(x(point.x))}" cy="${px(y(point.y ?? 0))}" r="${radius}" fill="${colour}" fill-opacity=".8"><title>${titleOf('', point)}</title></circle>`,
    )
    .join('')
}

function titleOf(name: string, { x, y }: Point): string {
  return escaped(`${name === '' ? '' : `${name}, `}${wordOf(x)}: ${y}`)
}

function colourOf(index: number): string {
  return colours[index % colours.length] as string
}

/** Tenths of a pixel are enough. */
function px(value: number): number {
  return Math.round(value * 10) / 10
}
