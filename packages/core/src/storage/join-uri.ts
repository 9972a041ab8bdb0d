import { InvalidArgumentError } from '../errors.ts'

/**
 * Joins parts of a URI with single slashes.
 *
 * @throws InvalidArgumentError for parts that would lead elsewhere: `..`, `.`, empty ones, ones with a NUL
 */
export function joinUri(base: string, ...parts: readonly string[]): string {
  const segments = parts.flatMap((part) => part.replace(/^\/+|\/+$/g, '').split('/'))
  for (const segment of segments) {
    if (segment === '' || segment === '.' || segment === '..' || segment.includes('\0')) {
      throw new InvalidArgumentError(`${JSON.stringify(parts.join('/'))} is not a path below ${base}`)
    }
  }
  return [base.replace(/\/+$/, ''), ...segments].join('/')
}
