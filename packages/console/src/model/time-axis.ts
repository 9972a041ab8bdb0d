/** A part of a run's time that is looked at, in milliseconds since 1970. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

export interface Tick {
  readonly at: number
  readonly label: string
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const steps = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((ms) => ms),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12, 24, 48, 168].map((count) => count * hour),
]

/** Marks at round distances from `start`, about so many. */
export function ticksOf({ from, to }: TimeRange, start: number, about: number): ReadonlyArray<Tick> {
  const step = steps.find((each) => (to - from) / each <= about) ?? (steps.at(-1) as number)
  const ticks: Tick[] = []
  for (let at = start + Math.ceil((from - start) / step) * step; at <= to && ticks.length < 100; at += step) {
    ticks.push({ at, label: offsetLabel(at - start, step) })
  }
  return ticks
}

function offsetLabel(ms: number, step: number): string {
  if (ms === 0) return '0'
  if (step < second) return ms < second ? `${ms} ms` : `${(ms / second).toFixed(step < 100 ? 2 : 1)} s`
  if (ms < minute) return `${ms / second} s`
  if (step < minute) return `${Math.floor(ms / minute)}:${String(Math.round((ms % minute) / second)).padStart(2, '0')}`
  if (ms < hour) return `${ms / minute} min`
  return `${Math.floor(ms / hour)}:${String(Math.round((ms % hour) / minute)).padStart(2, '0')} h`
}

/** Where an instant is in a range, in percent; what is outside is at its edge. */
export function placeOf(at: number, { from, to }: TimeRange): number {
  return Math.max(0, Math.min(100, ((at - from) / Math.max(1, to - from)) * 100))
}

/** As in URLs: milliseconds from the run's start. */
export function parseRange(text: string | undefined, start: number): TimeRange | undefined {
  const match = /^(\d+)-(\d+)$/.exec(text ?? '')
  if (match === null) return undefined
  const [from, to] = [Number(match[1]), Number(match[2])]
  return to > from ? { from: start + from, to: start + to } : undefined
}

export function formatRange({ from, to }: TimeRange, start: number): string {
  return `${Math.max(0, Math.floor(from - start))}-${Math.ceil(to - start)}`
}
