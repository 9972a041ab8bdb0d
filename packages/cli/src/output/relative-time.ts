/** How long ago, or from now, an instant is, for people: `5s ago`, `3m ago`, `2h ago`, `4d ago`, `in 5m`. */
export function relativeTime(iso: string, nowMs: number): string {
  const seconds = Math.round((nowMs - Date.parse(iso)) / 1000)
  if (Number.isNaN(seconds)) return iso
  if (Math.abs(seconds) < 1) return 'just now'
  const amount = inLargestUnit(Math.abs(seconds))
  return seconds > 0 ? `${amount} ago` : `in ${amount}`
}

/** A length of time for people: `230ms`, `4.1s`, `2m 5s`, `3h 10m`. */
export function readableDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`
  const seconds = Math.floor(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 1440
    ? `${Math.floor(minutes / 60)}h ${minutes % 60}m`
    : `${Math.floor(minutes / 1440)}d ${Math.floor((minutes % 1440) / 60)}h`
}

function inLargestUnit(seconds: number): string {
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}
