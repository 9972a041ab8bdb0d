// Times as fields of the browser have them: on the clock of who looks, such as `2026-01-31T09:00`.

/** The time zone of who looks. */
export function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** @param iso a time as ISO text; what is no time gives an empty text */
export function toLocalMoment(iso: string | undefined): string {
  const time = new Date(iso ?? '')
  if (Number.isNaN(time.getTime())) return ''
  const two = (part: number) => String(part).padStart(2, '0')
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-')
  const seconds = time.getSeconds() === 0 ? '' : `:${two(time.getSeconds())}`
  return `${date}T${two(time.getHours())}:${two(time.getMinutes())}${seconds}`
}

/** @returns the time as ISO text in UTC; undefined for a text that is no time */
export function fromLocalMoment(text: string): string | undefined {
  const time = new Date(text)
  return text === '' || Number.isNaN(time.getTime()) ? undefined : time.toISOString().replace('.000Z', 'Z')
}
