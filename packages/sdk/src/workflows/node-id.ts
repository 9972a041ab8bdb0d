import { createHash } from 'node:crypto'

const longest = 63
const hashDigits = 10

/**
 * A name as an id: lower-case letters, digits and `-`, at most 63 characters. A capital becomes a `-` and a small letter; of a
 * longer name the end stays, behind a hash of the whole.
 */
export function toNodeId(name: string): string {
  return shortened(toWords(shortened(name)))
}

function toWords(name: string): string {
  return name
    .replaceAll(/[._]/g, '-')
    .replaceAll(/(?<=[^-])[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '')
    .replaceAll(/^-+|-+$/g, '')
}

function shortened(name: string): string {
  if (name.length <= longest) return name
  const hash = createHash('sha224').update(name).digest('hex').slice(0, hashDigits)
  return `${hash}-${name.slice(hashDigits + 1 - longest)}`
}
