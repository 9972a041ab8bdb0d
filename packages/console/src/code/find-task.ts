import type { SourceFile } from './source-file.ts'

/** A line of a file; lines count from 1. */
export interface CodePlace {
  readonly path: string
  readonly line: number
}

/**
 * Where a task is declared: by its name in quotes, or by the function or variable of that name. Undefined when it is not found.
 *
 * @param name the task's name without that of its environment
 */
export function findTask(files: ReadonlyArray<SourceFile>, name: string): CodePlace | undefined {
  const word = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const declarations = [
    new RegExp(`\\bname\\s*[:=]\\s*(['"\`])${word}\\1`),
    new RegExp(`^\\s*(?:async\\s+)?def\\s+${word}\\b`),
    new RegExp(`\\bfunction\\s*\\*?\\s*${word}\\b`),
    new RegExp(`\\b(?:const|let|var)\\s+${word}\\b`),
  ]
  for (const declaration of declarations) {
    for (const { path, text } of files) {
      const lines = text.split('\n')
      const at = lines.findIndex((line) => declaration.test(line))
      if (at >= 0) return { path, line: beginning(lines, at) + 1 }
    }
  }
  return undefined
}

/** A name in the options of a task is some lines below the beginning of the statement; decorators are above a function. */
function beginning(lines: ReadonlyArray<string>, at: number): number {
  const isStart = (line: string) => /^(?:export\b|const\b|let\b|var\b|async\b|function\b|@|def\b)/.test(line)
  let start = at
  if (!isStart(lines[at] ?? '')) {
    while (start > 0 && at - start < 12 && !isStart(lines[start] ?? '')) start--
    if (!isStart(lines[start] ?? '')) return at
  }
  while (start > 0 && lines[start - 1]?.startsWith('@')) start--
  return start
}

/** The file that a stack trace names: by its whole path, or by the longest end of it. */
export function findFile(files: ReadonlyArray<SourceFile>, place: string): SourceFile | undefined {
  const clean = place.replaceAll('\\', '/')
  const fits = files.filter(({ path }) => path === clean || clean.endsWith(`/${path}`) || path.endsWith(`/${clean}`))
  return fits.toSorted((one, other) => other.path.length - one.path.length)[0]
}
