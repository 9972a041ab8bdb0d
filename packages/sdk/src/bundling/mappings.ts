// The `mappings` of a source map (ECMA-426): lines separated by `;`, segments by `,`, each segment up to five numbers in
// base64 VLQ, relative to the segment before: column, source, original line, original column, name.

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const valueOf = new Uint8Array(128)
for (let i = 0; i < digits.length; i++) valueOf[digits.charCodeAt(i)] = i

/**
 * Leaves out most of what maps to sources that `isDetailed` refuses: of each stretch of such a source within a line, only
 * its beginning stays. Names of functions and variables go.
 */
export function thinMappings(mappings: string, isDetailed: (source: number) => boolean): string {
  const lines: string[] = []
  const last = { source: 0, line: 0, column: 0 }
  const written = { source: 0, line: 0, column: 0 }
  for (const line of mappings.split(';')) {
    let generated = 0
    let writtenGenerated = 0
    let stretch = -1
    const kept: string[] = []
    for (const segment of line === '' ? [] : line.split(',')) {
      const numbers = decode(segment)
      generated += numbers[0] ?? 0
      if (numbers.length < 4) continue
      last.source += numbers[1] as number
      last.line += numbers[2] as number
      last.column += numbers[3] as number
      if (last.source === stretch && !isDetailed(last.source)) continue
      stretch = last.source
      kept.push(
        encode(generated - writtenGenerated) +
          encode(last.source - written.source) +
          encode(last.line - written.line) +
          encode(last.column - written.column),
      )
      writtenGenerated = generated
      Object.assign(written, last)
    }
    lines.push(kept.join(','))
  }
  return lines.join(';')
}

function decode(segment: string): number[] {
  const numbers: number[] = []
  let value = 0
  let shift = 0
  for (let i = 0; i < segment.length; i++) {
    const digit = valueOf[segment.charCodeAt(i)] as number
    value |= (digit & 31) << shift
    shift += 5
    if ((digit & 32) !== 0) continue
    numbers.push((value & 1) === 1 ? -(value >>> 1) : value >>> 1)
    value = 0
    shift = 0
  }
  return numbers
}

function encode(number: number): string {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1
  let text = ''
  do {
    const digit = rest & 31
    rest >>>= 5
    text += digits[rest > 0 ? digit | 32 : digit]
  } while (rest > 0)
  return text
}
