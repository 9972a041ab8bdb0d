/** The words of a text as a shell splits it: quotes and backslashes, and nothing else. */
export function shellWords(text: string): string[] {
  const pattern = /\s*((?:[^\s"'\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*")+)/gy
  return [...text.matchAll(pattern)].map(([, word = '']) => unquoted(word))
}

function unquoted(word: string): string {
  return word.replace(/\\([\s\S])|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"/g, (_, escaped, single, double) => {
    if (typeof escaped === 'string') return escaped
    return typeof single === 'string' ? single : String(double).replace(/\\(["\\$`])/g, '$1')
  })
}

/** Replaces `$NAME` and `${NAME}` of the variables there are. */
export function expandVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced: string | undefined, bare: string | undefined) => {
    const name = braced ?? bare ?? ''
    return Object.hasOwn(variables, name) ? (variables[name] ?? '') : whole
  })
}
