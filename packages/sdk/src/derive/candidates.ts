// The compiler takes its time, so a file is read first for calls that it could say something about. Who writes schemas never
// waits for it.

/** Whether a file may declare a task whose interface is in the types of its function. Now and then it says so too often. */
export function mayDeriveTasks(source: string, isJavaScript = false): boolean {
  for (const call of source.matchAll(taskCall)) {
    if (isInComment(source, call.index)) continue
    if (isCandidate(new Tokens(source, call.index + call[0].length), isJavaScript)) return true
  }
  return false
}

const taskCall = /\.\s*task\s*(?:<[^;{}]*?>)?\s*\(/g

function isInComment(source: string, index: number): boolean {
  const line = source.slice(source.lastIndexOf('\n', index) + 1, index)
  return /^\s*(?:\*|\/\/|\/\*)/.test(line)
}

function isCandidate(tokens: Tokens, isJavaScript: boolean): boolean {
  if (tokens.peek() !== '{') return true
  const keys = objectKeys(tokens)
  if (schemaKeys.some((key) => keys.has(key))) return false
  if (keys.has('...') || tokens.next() !== ',') return true
  return isTypedFunction(tokens, isJavaScript)
}

const schemaKeys = ['inputs', 'output', 'outputs']

/** The names of an object's properties; `...` for what is spread into it. The object is read to its end. */
function objectKeys(tokens: Tokens): ReadonlySet<string> {
  const keys = new Set<string>()
  tokens.next()
  let startsProperty = true
  for (;;) {
    const token = tokens.next()
    if (token === undefined || token === '}') return keys
    if (token === ',') startsProperty = true
    else {
      if (startsProperty) keys.add(token.replace(/^['"]|['"]$/g, ''))
      startsProperty = false
      if (isOpening(token)) tokens.skipGroup()
    }
  }
}

// A function of the other style has nothing in its types: no parameters, or ones without types, and no result.
function isTypedFunction(tokens: Tokens, isJavaScript: boolean): boolean {
  if (tokens.peek() === 'async') tokens.next()
  const isDeclaration = tokens.peek() === 'function'
  if (isDeclaration) while (tokens.peek() !== undefined && tokens.peek() !== '(') tokens.next()
  if (tokens.peek() !== '(') return !isUntypedArrow(tokens)
  tokens.next()
  const first = firstParameter(tokens)
  if (first !== 'none') return first === 'typed' || isJavaScript
  if (tokens.peek() === ':') return !returnsNothing(tokens)
  if (!isDeclaration) tokens.next()
  return tokens.peek() === '{' ? returnsValue(tokens) : true
}

function isUntypedArrow(tokens: Tokens): boolean {
  tokens.next()
  return tokens.peek() === '=>'
}

function firstParameter(tokens: Tokens): 'none' | 'typed' | 'untyped' {
  let result: 'none' | 'typed' | 'untyped' = 'none'
  let isFirst = true
  for (;;) {
    const token = tokens.next()
    if (token === undefined || token === ')') return result
    if (token === ',') isFirst = false
    if (isFirst && (token === ':' || token === '=')) result = 'typed'
    if (result === 'none') result = 'untyped'
    if (isOpening(token)) tokens.skipGroup()
  }
}

function returnsNothing(tokens: Tokens): boolean {
  let type = ''
  tokens.next()
  for (;;) {
    const token = tokens.peek()
    if (token === undefined || token === '{' || token === '=>') return /^(?:Promise<)?void>?$/.test(type)
    type += token
    tokens.next()
  }
}

function returnsValue(tokens: Tokens): boolean {
  tokens.next()
  for (let depth = 1; depth > 0; ) {
    const token = tokens.next()
    if (token === undefined) return true
    if (isOpening(token)) depth++
    if (isClosing(token)) depth--
    if (token === 'return' && !/^(?:[;}]|undefined)$/.test(tokens.peek() ?? ';')) return true
  }
  return false
}

const opening = new Set(['(', '[', '{'])
const closing = new Set([')', ']', '}'])

function isOpening(token: string): boolean {
  return opening.has(token)
}

function isClosing(token: string): boolean {
  return closing.has(token)
}

/** The words, texts and signs of a source from some place on, without comments and white space. */
class Tokens {
  readonly #source: string
  #at: number

  constructor(source: string, at: number) {
    this.#source = source
    this.#at = at
  }

  peek(): string | undefined {
    const at = this.#at
    const token = this.next()
    this.#at = at
    return token
  }

  next(): string | undefined {
    for (;;) {
      pattern.lastIndex = this.#at
      const token = pattern.exec(this.#source)?.[0]
      if (token === undefined) return undefined
      this.#at += token.length
      if (!/^(?:\s|\/\/|\/\*)/.test(token)) return token
    }
  }

  /** To the end of the brackets that were just opened. */
  skipGroup(): void {
    for (let depth = 1; depth > 0; ) {
      const token = this.next()
      if (token === undefined) return
      if (isOpening(token)) depth++
      if (isClosing(token)) depth--
    }
  }
}

const pattern =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\s+|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`|(?<=[=(,:;!&|?{}[]\s*)\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|[\w$]+|=>|\.\.\.|[\s\S]/gy
