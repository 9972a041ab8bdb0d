const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']

/** A size in the unit that suits it: `12 bytes`, `3.4 MiB`. */
export function formatBytes(bytes: number): string {
  let [size, unit] = [bytes, 0]
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`
}
