import type { AnyFunction } from './derived-task.ts'

/** The parameters of a function as its source has them, for functions of whose types nothing is known. */
export function sourceParameters(fn: AnyFunction): readonly string[] {
  const source = fn.toString()
  const arrow = /^(?:async\s+)?([A-Za-z_$][\w$]*)\s*=>/.exec(source)?.[1]
  if (arrow !== undefined) return [arrow]
  const parameters: string[] = []
  let depth = 0
  let current = ''
  for (const [token] of source.slice(source.indexOf('(')).matchAll(tokens)) {
    if (opening.has(token)) depth++
    if (closing.has(token)) depth--
    if (depth === 0) break
    if (depth === 1 && token === ',') {
      parameters.push(current.trim())
      current = ''
    } else if (depth > 1 || token !== '(') current += token
  }
  return current.trim() === '' ? parameters : [...parameters, current.trim()]
}

const tokens =
  /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*|[\s\S]/g
const opening = new Set(['(', '[', '{'])
const closing = new Set([')', ']', '}'])
