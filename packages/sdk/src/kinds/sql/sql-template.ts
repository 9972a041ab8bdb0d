import { InvalidArgumentError } from '@tern/core'

/** A part of a query: text as it is, the value of an input, or an input as the name of a table or a column. */
export type SqlPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly input: string }
  | { readonly kind: 'name'; readonly input: string }

// In the order in which they are looked for: what is quoted, comments, placeholders, the end of a statement, anything else.
const tokens =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\$([A-Za-z_]\w*|)\$[^]*?\$\1\$|--[^\n]*|\/\*[^]*?\*\/|\{\{\s*(ident\s+)?[.$]inputs\.(\w+)\s*\}\}|;|[^'"`$;{/-]+|[^]/gi
const placeholder = /\{\{\s*(?:ident\s+)?[.$]inputs\.(\w+)\s*\}\}/i

/**
 * Reads a query with placeholders: `{{.inputs.name}}` for a value, which is bound, and `{{ident .inputs.name}}` for the name of
 * a table or a column, which is quoted.
 *
 * @throws InvalidArgumentError for a placeholder in quotes, where nothing can be bound, and for more than one statement
 */
export function parseSql(query: string): SqlPart[] {
  const parts: SqlPart[] = []
  let isOver = false
  for (const [token, , ident, input] of query.matchAll(tokens)) {
    if (isOver && !isIdle(token)) throw invalid('it must be one statement', 'Make a task of each.')
    if (token === ';') {
      isOver = true
      continue
    }
    if (input !== undefined) {
      parts.push({ kind: ident === undefined ? 'value' : 'name', input })
      continue
    }
    const hidden = isComment(token) ? undefined : placeholder.exec(token)?.[0]
    if (hidden !== undefined) {
      const hint = 'Leave out the quotes: the value is bound to the statement, and never a part of its text.'
      throw invalid(`${hidden} stands in quotes`, hint)
    }
    addText(parts, token)
  }
  return parts
}

/** The inputs that a query has placeholders for. */
export function inputsOf(parts: readonly SqlPart[]): Set<string> {
  return new Set(parts.flatMap((part) => (part.kind === 'text' ? [] : [part.input])))
}

/** The names in a query, of tables among others, as they are written outside of texts and comments. */
export function wordsOf(query: string): Set<string> {
  const words = new Set<string>()
  for (const [token] of query.matchAll(tokens)) {
    if (token.startsWith("'") || isComment(token)) continue
    for (const [word] of token.matchAll(/\w+/g)) words.add(word)
  }
  return words
}

export interface BoundSql {
  readonly sql: string
  /** The inputs that the parameters stand for, in order. */
  readonly inputs: readonly string[]
}

/**
 * The statement as a database takes it.
 *
 * @param parameter how the parameter of a number, from 1, is written
 * @param nameOf what an input is the name of
 */
export function bindSql(
  parts: readonly SqlPart[],
  parameter: (number: number) => string,
  nameOf: (input: string) => string,
): BoundSql {
  const inputs: string[] = []
  const texts = parts.map((part) => {
    if (part.kind === 'text') return part.text
    if (part.kind === 'name') return quoteIdentifier(nameOf(part.input))
    if (!inputs.includes(part.input)) inputs.push(part.input)
    return parameter(inputs.indexOf(part.input) + 1)
  })
  return { sql: texts.join(''), inputs }
}

/** A name as SQL writes it, whatever it is. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function addText(parts: SqlPart[], text: string): void {
  const last = parts.at(-1)
  if (last?.kind === 'text') parts[parts.length - 1] = { kind: 'text', text: last.text + text }
  else parts.push({ kind: 'text', text })
}

function isComment(token: string): boolean {
  return token.startsWith('--') || token.startsWith('/*')
}

function isIdle(token: string): boolean {
  return token === ';' || isComment(token) || token.trim() === ''
}

function invalid(message: string, hint: string): InvalidArgumentError {
  return new InvalidArgumentError(`query: ${message}`, { field: 'query', hint })
}
