/** What a piece of code is, as far as it is told apart by colour. */
export type TokenKind = 'plain' | 'comment' | 'string' | 'keyword' | 'number' | 'name'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
}

type Language = 'script' | 'python' | 'none'

const extensions: Readonly<Record<string, Language>> = {
  ts: 'script',
  mts: 'script',
  cts: 'script',
  tsx: 'script',
  js: 'script',
  mjs: 'script',
  cjs: 'script',
  jsx: 'script',
  py: 'python',
  pyi: 'python',
}

const words: Readonly<Record<Exclude<Language, 'none'>, ReadonlySet<string>>> = {
  script: new Set(
    'abstract as async await break case catch class const continue debugger declare default delete do else enum export extends false finally for from function get if implements import in infer instanceof interface is keyof let namespace new null of override private protected public readonly return satisfies set static super switch this throw true try type typeof undefined unique var void while with yield'.split(
      ' ',
    ),
  ),
  python: new Set(
    'False None True and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield'.split(
      ' ',
    ),
  ),
}

const patterns: Readonly<Record<Exclude<Language, 'none'>, RegExp>> = {
  script:
    /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>`(?:\\[\s\S]|[^\\`])*(?:`|$)|'(?:\\.|[^\\'\n])*'?|"(?:\\.|[^\\"\n])*"?)|(?<number>\b\d[\w.]*)|(?<word>[A-Za-z_$][\w$]*)/g,
  python:
    /(?<comment>#[^\n]*)|(?<string>[rRbBfFuU]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^\\"\n])*"?|'(?:\\.|[^\\'\n])*'?))|(?<number>\b\d[\w.]*)|(?<word>[A-Za-z_]\w*)/g,
}

/** The lines of a text, each taken apart for colours. The tokens of all lines together are the text without its line ends. */
export function highlight(path: string, text: string): ReadonlyArray<ReadonlyArray<Token>> {
  const language = extensions[path.slice(path.lastIndexOf('.') + 1)] ?? 'none'
  const lines: Token[][] = [[]]
  for (const { kind, text: piece } of tokensOf(language, text.replaceAll('\r\n', '\n'))) {
    piece.split('\n').forEach((part, index) => {
      if (index > 0) lines.push([])
      if (part !== '') lines.at(-1)?.push({ kind, text: part })
    })
  }
  return lines
}

function* tokensOf(language: Language, text: string): Iterable<Token> {
  if (language === 'none') return yield { kind: 'plain', text }
  let at = 0
  for (const match of text.matchAll(patterns[language])) {
    if (match.index > at) yield { kind: 'plain', text: text.slice(at, match.index) }
    yield { kind: kindOf(match, language, text), text: match[0] }
    at = match.index + match[0].length
  }
  if (at < text.length) yield { kind: 'plain', text: text.slice(at) }
}

function kindOf(match: RegExpExecArray, language: Exclude<Language, 'none'>, text: string): TokenKind {
  const { comment, string, number } = match.groups ?? {}
  if (comment !== undefined) return 'comment'
  if (string !== undefined) return 'string'
  if (number !== undefined) return 'number'
  // Of `x.from` and `{ from: 1 }`, the word is a name.
  const isMember = text[match.index - 1] === '.'
  if (!isMember && words[language].has(match[0])) return 'keyword'
  return text[match.index + match[0].length] === '(' ? 'name' : 'plain'
}
