import { relative } from 'node:path'
import { BundleError, formatProblem } from '../bundling/bundle-error.ts'
import type { DeriveProblem } from './derive-file.ts'

/** The error for a file with types that have no wire form; bundlers show the place from `id` and `loc`. */
export function toError(file: string, problems: readonly DeriveProblem[]): BundleError {
  const shown = problems.map((problem) => ({ ...problem, file: relative(process.cwd(), problem.file) }))
  const list = shown.map((problem) => `\n  ${formatProblem(problem)}`).join('')
  const error = new BundleError(
    `${relative(process.cwd(), file)} has tasks whose interface cannot be derived:${list}`,
    {
      problems: shown,
    },
  )
  const [first] = problems
  if (first === undefined) return error
  return Object.assign(error, { id: file, loc: { file: first.file, line: first.line, column: first.column - 1 } })
}
