import { createHash } from 'node:crypto'

/**
 * The version of a function's code: the SHA-256, in hex, of its source without comments and formatting. What the function
 * calls does not count.
 */
// biome-ignore lint/complexity/noBannedTypes: any function has a source
export function sourceHash(fn: Function, salt = ''): string {
  return createHash('sha256').update(normalizeSource(fn.toString())).update(salt).digest('hex')
}

/**
 * Source without comments, and with single spaces only where two words would otherwise join. Text in strings, templates
 * and regular expressions is kept as it is.
 */
export function normalizeSource(source: string): string {
  let result = ''
  for (const [token] of source.matchAll(tokens)) {
    if (isSpace(token)) continue
    const joins = word.test(result.at(-1) ?? '') && word.test(token.charAt(0))
    result += joins ? ` ${token}` : token
  }
  return result
}

// Comments and white space; strings; templates (without looking into `${}`, where comments are rare); regular
// expressions, told from divisions by what cannot end an operand before them; words; anything else.
const tokens =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\s+|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`|(?<=(?:[=(,:;!&|?{}[+*%<>~^-]|=>|\breturn|\btypeof)\s*)\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|[\w$]+|[\s\S]/g
const word = /[\w$]/

function isSpace(token: string): boolean {
  return /^(?:\s|\/\/|\/\*)/.test(token)
}
