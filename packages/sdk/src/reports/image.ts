import { InvalidArgumentError } from '@tern/core'
import { html, Markup } from './markup.ts'

/** How a picture stands in a report. */
export interface ImageOptions {
  /** What is to be seen on it, for those who do not see it. */
  readonly alt: string
  /** In pixels. Defaults to its own. */
  readonly width?: number | undefined
}

// A report is one page, which has its pictures in it.
const mostBytes = 10 * 1024 * 1024

const signatures: readonly [type: string, offset: number, bytes: string][] = [
  ['image/png', 0, '89504e470d0a1a0a'],
  ['image/jpeg', 0, 'ffd8ff'],
  ['image/gif', 0, '47494638'],
  ['image/webp', 8, '57454250'],
  ['image/avif', 4, '6674797061766966'],
]

/** @throws InvalidArgumentError when the bytes are no picture that browsers show, or too many */
export function imageMarkup(bytes: Uint8Array, { alt, width }: ImageOptions): Markup {
  if (!(bytes instanceof Uint8Array))
    throw invalid('it is given as bytes: a Uint8Array', 'A file gives them: await file.bytes().')
  if (bytes.length > mostBytes) {
    throw invalid(`it has ${bytes.length} bytes, more than ${mostBytes}`, 'Make it smaller, or return it as a File.')
  }
  const type = typeOf(bytes)
  if (type === undefined) throw invalid('the bytes are none of PNG, JPEG, GIF, WebP, AVIF and SVG')
  const source = `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
  return html`<img alt="${alt}" src="${source}"${width === undefined ? '' : new Markup(` width="${Math.round(width)}"`)}>`
}

function typeOf(bytes: Uint8Array): string | undefined {
  const known = signatures.find(([, offset, hex]) => {
    return Buffer.from(bytes.subarray(offset, offset + hex.length / 2)).toString('hex') === hex
  })
  if (known !== undefined) return known[0]
  // A browser runs nothing that is in one, where it is shown as a picture.
  const start = Buffer.from(bytes.subarray(0, 1024)).toString('utf8')
  return /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*|<!DOCTYPE svg[^>]*>\s*)*<svg[\s>]/i.test(start)
    ? 'image/svg+xml'
    : undefined
}

function invalid(problem: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(`image: ${problem}`, { field: 'bytes', hint })
}
