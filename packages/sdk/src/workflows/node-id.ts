import { createHash } from 'node:crypto'

const longest = 63
const hashDigits = 10

/**
 * A name as an id: lower-case letters, digits and `-`, at most 63 characters. A hump becomes a `-` and a small letter; of a
 * longer name the end stays, behind a hash of the whole.
 */
export function toNodeId(name: string): string {
  const id = name
    .replaceAll(/[._]/g, '-')
    .replaceAll(/(?<=[^A-Z-])[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '')
    .replaceAll(/^-+|-+$/g, '')
  if (id.length <= longest) return id
  const hash = createHash('sha224').update(id).digest('hex').slice(0, hashDigits)
  return `${hash}-${id.slice(hashDigits + 1 - longest)}`
}
