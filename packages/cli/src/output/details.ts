import type { Colors } from '../io.ts'

/** Facts about one thing, one a line, their names aligned; facts without a text are left out. */
export function renderDetails(
  facts: readonly (readonly [name: string, text: string | undefined])[],
  colors: Colors,
): string {
  const shown = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined && fact[1] !== '')
  const width = Math.max(0, ...shown.map(([name]) => name.length))
  const indent = ' '.repeat(width + 2)
  return shown
    .map(([name, text]) => `${colors.dim(name.padEnd(width))}  ${text.trimEnd().replaceAll('\n', `\n${indent}`)}\n`)
    .join('')
}

/** A heading with text below it, indented. */
export function renderSection(title: string, body: string, colors: Colors): string {
  return `${colors.bold(title)}\n${body.trimEnd().replace(/^(?=.)/gm, '  ')}\n`
}
