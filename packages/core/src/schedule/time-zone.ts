/** A span of time in which a zone keeps its distance from UTC. */
export interface ZoneSpan {
  /** UTC epoch milliseconds. */
  readonly from: number
  /** The end, which is not part of it. */
  readonly until: number
  /** What to add to UTC for the time on the wall, in milliseconds. */
  readonly offset: number
  /** The same before it. */
  readonly offsetBefore: number
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
// A change at the end of a year may be felt in the next.
const overlapMs = 2 * dayMs
const maxZones = 1000
const maxYears = 100

/** When clocks are changed in a zone, as the machine's database of zones has it. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat
  readonly #years = new Map<number, ReadonlyArray<ZoneSpan>>()

  private constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'longOffset' })
  }

  /** Undefined when there is no such zone. */
  static of(name: string): TimeZone | undefined {
    const known = zones.get(name)
    if (known !== undefined) return known
    if (!/^[A-Za-z][\w+\-/]{0,63}$/.test(name)) return undefined
    try {
      const zone = new TimeZone(name)
      if (zones.size >= maxZones) zones.clear()
      zones.set(name, zone)
      return zone
    } catch {
      return undefined
    }
  }

  /** The span that a time is in; it ends with the year, if nothing else ends it. */
  spanAt(time: number): ZoneSpan {
    const year = new Date(time).getUTCFullYear()
    const known = this.#years.get(year)
    const spans = known ?? this.#spansOf(Date.UTC(year, 0) - overlapMs, Date.UTC(year + 1, 0))
    if (known === undefined) {
      if (this.#years.size >= maxYears) this.#years.clear()
      this.#years.set(year, spans)
    }
    return spans.find(({ until }) => time < until) as ZoneSpan
  }

  #spansOf(from: number, until: number): ReadonlyArray<ZoneSpan> {
    const spans: ZoneSpan[] = []
    let span = { from, offset: this.#offsetAt(from), offsetBefore: this.#offsetAt(from) }
    for (let day = from; day < until; day += dayMs) {
      if (this.#offsetAt(day + dayMs) === span.offset) continue
      const changedAt = this.#changeBetween(day, day + dayMs)
      spans.push({ ...span, until: changedAt })
      span = { from: changedAt, offset: this.#offsetAt(changedAt), offsetBefore: span.offset }
    }
    return [...spans, { ...span, until }]
  }

  /** The first minute that is not as `from` is. */
  #changeBetween(from: number, until: number): number {
    const before = this.#offsetAt(from)
    let [same, changed] = [from, until]
    while (changed - same > minuteMs) {
      const middle = same + Math.floor((changed - same) / 2 / minuteMs) * minuteMs
      if (this.#offsetAt(middle) === before) same = middle
      else changed = middle
    }
    return changed
  }

  #offsetAt(time: number): number {
    const [, sign, hours, minutes = '0'] = /GMT(?:([+-])(\d+)(?::(\d+))?)?/.exec(this.#format.format(time)) ?? []
    const offset = (Number(hours ?? 0) * 60 + Number(minutes)) * minuteMs
    return sign === '-' ? -offset : offset
  }
}

const zones = new Map<string, TimeZone>()
