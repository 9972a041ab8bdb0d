import { InvalidArgumentError } from '@tern/core'
import { chartData } from './chart-data.ts'
import { drawChart } from './draw-chart.ts'
import { Markup } from './markup.ts'

/** What a chart has of one moment, thing or group: values by the names of columns. */
export type ChartRow = Readonly<Record<string, unknown>>

type NameOf<R> = keyof R & string

interface ChartBasics<R extends object> {
  readonly rows: readonly R[]
  /** The column from left to right: numbers, dates, or words. Bars stand side by side, whatever they are of. */
  readonly x: NameOf<R>
  readonly title?: string | undefined
  /** Beside the axes. Default to the names of the columns. */
  readonly xLabel?: string | undefined
  readonly yLabel?: string | undefined
  /** In pixels, of which it takes as many as there is room for. Default to 640 and 320. */
  readonly width?: number | undefined
  readonly height?: number | undefined
}

/** What is drawn, and how. */
export type ChartOptions<R extends object> =
  | (ChartBasics<R> & {
      readonly type: 'line' | 'area' | 'bar' | 'points'
      /** The column of numbers that is drawn, or several, each in a colour of its own. What has no value is a gap. */
      readonly y: NameOf<R> | readonly NameOf<R>[]
      /** A column whose values are drawn in a colour each, where `y` is one column. Defaults to none. */
      readonly series?: NameOf<R> | undefined
    })
  | (ChartBasics<R> & {
      /** How many of the numbers in `x` lie where. */
      readonly type: 'histogram'
      readonly y?: undefined
      readonly series?: undefined
    })

const types: ReadonlySet<string> = new Set(['line', 'area', 'bar', 'points', 'histogram'])

/**
 * A chart, as SVG: for a report, or for a page of your own.
 *
 *     report().add(chart({ type: 'line', rows, x: 'day', y: ['rain', 'sun'], title: 'Weather' }))
 *
 * @throws InvalidArgumentError for a column that no row has, and for values that cannot be drawn
 */
export function chart<R extends object>(options: ChartOptions<R>): Markup {
  const { type, width = 640, height = 320 } = options
  if (!types.has(type))
    throw invalid(`there is no type ${JSON.stringify(type)}: there are ${[...types].join(', ')}`, 'type')
  if (!(width >= 100 && height >= 100)) throw invalid('width and height must be 100 or more', 'width')
  const plain = options as unknown as ChartOptions<ChartRow>
  return new Markup(drawChart(plain, chartData(plain), { width, height }))
}

function invalid(problem: string, field: string): InvalidArgumentError {
  return new InvalidArgumentError(`chart: ${problem}`, { field })
}
