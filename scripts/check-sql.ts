import { globSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

// The server's SQL lives in packages/server/src/store and nowhere else. Run as a program, this lists what does not and exits 1.

/** Where SQL is for something else than the server's state. */
const elsewhere = [
  // Results that local runs keep, where there is no server.
  'packages/sdk/src/local/local-cache.ts',
  // Tasks that are queries.
  'packages/sdk/src/kinds/',
]

/** The start of a string that is a statement, or a call of a query builder's entry point. */
const patterns = [
  /[`'"]\s*(select\s+(\*|distinct\b|[\w.,\s"]+\bfrom\b)|insert\s+(or\s+\w+\s+)?into\b|update\s+\w+\s+set\b|delete\s+from\b|replace\s+into\b)/i,
  /[`'"]\s*(create\s+(unique\s+)?(table|index|trigger|view)\b|alter\s+table\b|drop\s+(table|index)\b|pragma\s+\w+|begin\s+(immediate|exclusive)\b)/i,
  /\.(selectFrom|insertInto|updateTable|deleteFrom|replaceInto|mergeInto)\(/,
]

export interface SqlFinding {
  /** Counted from 1. */
  readonly line: number
  readonly text: string
}

/** The places in a source text that look like SQL, at most one a line pattern. */
export function findSql(source: string): ReadonlyArray<SqlFinding> {
  const findings: SqlFinding[] = []
  for (const pattern of patterns) {
    for (const match of source.matchAll(new RegExp(pattern, `${pattern.flags}g`))) {
      const line = source.slice(0, match.index).split('\n').length
      findings.push({ line, text: match[0].trim() })
    }
  }
  return findings
}

/** Every file under root that contains SQL outside the store, as `path:line: text`. */
export function checkSql(root: string): ReadonlyArray<string> {
  const files = globSync(['packages/*/src/**/*.ts', 'examples/*.ts', 'bench/src/**/*.ts'], { cwd: root })
  return files
    .filter((file) => !file.startsWith(join('packages', 'server', 'src', 'store')))
    .filter((file) => !elsewhere.some((place) => file.split(sep).join('/').startsWith(place)))
    .filter((file) => !/(^|[\\/])(dist|node_modules|gen)[\\/]/.test(file))
    .flatMap((file) =>
      findSql(readFileSync(join(root, file), 'utf8')).map(({ line, text }) => `${file}:${line}: ${text}`),
    )
}

if (import.meta.main) {
  const found = checkSql(join(import.meta.dirname, '..'))
  for (const finding of found) console.error(`SQL outside packages/server/src/store: ${finding}`)
  process.exitCode = found.length > 0 ? 1 : 0
}
