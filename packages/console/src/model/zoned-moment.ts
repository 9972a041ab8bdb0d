// Times on the clock of a time zone, as fields of the browser have them: `2026-01-31T09:00:00`.

/** @param iso a time as ISO text; what is no time gives an empty text */
export function momentIn(zone: string, iso: string): string {
  const time = Date.parse(iso)
  return Number.isNaN(time) ? '' : new Date(time + offsetMs(zone, time)).toISOString().slice(0, 19)
}

/**
 * @returns the time as ISO text in UTC; undefined for a text that is no time. Of a time that a clock shows twice, the first; of one
 * that it leaves out, as if it had not been put forward yet
 */
export function instantIn(zone: string, moment: string): string | undefined {
  const wall = Date.parse(`${moment}Z`)
  if (moment === '' || Number.isNaN(wall)) return undefined
  const day = 24 * 3_600_000
  const offsets = [offsetMs(zone, wall - day), offsetMs(zone, wall + day)]
  const fits = offsets.map((offset) => wall - offset).filter((time) => time + offsetMs(zone, time) === wall)
  const time = fits.length > 0 ? Math.min(...fits) : wall - (offsets[0] ?? 0)
  return new Date(time).toISOString().replace('.000Z', 'Z')
}

/** How far the zone's clock is ahead of UTC. */
function offsetMs(zone: string, time: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(time)
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value)
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return wall - Math.floor(time / 1000) * 1000
}
