/** An instant as clocks of a zone show it: `2026-11-22 09:00`, with seconds where there are any. */
export function localTime(iso: string, timeZone: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  const seconds = date.getUTCSeconds() === 0 ? {} : ({ second: '2-digit' } as const)
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    ...seconds,
  })
  return format.format(date)
}

/** The same with the zone's name. A zone that is not known is UTC. */
export function zonedTime(iso: string, timeZone: string): string {
  try {
    return `${localTime(iso, timeZone)} ${timeZone}`
  } catch {
    return `${localTime(iso, 'UTC')} UTC`
  }
}
