import { stripVTControlCharacters } from 'node:util'

const segmenter = new Intl.Segmenter()

/** Columns that a text takes on a terminal: colours none, East Asian characters and emoji two. */
export function textWidth(text: string): number {
  const plain = stripVTControlCharacters(text)
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length
  let width = 0
  for (const { segment } of segmenter.segment(plain)) width += isWide(segment) ? 2 : 1
  return width
}

/** A text cut to a number of columns, with `…` at its end where it was longer. Plain text only. */
export function truncateToWidth(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  let result = ''
  let width = 0
  for (const { segment } of segmenter.segment(text)) {
    width += isWide(segment) ? 2 : 1
    if (width > columns - 1) break
    result += segment
  }
  return `${result}…`
}

function isWide(segment: string): boolean {
  const code = segment.codePointAt(0) ?? 0
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  )
}
