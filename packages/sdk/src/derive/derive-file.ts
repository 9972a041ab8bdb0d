import type ts from 'typescript'
import type { Compiler } from './compiler.ts'
import { KnownTypes } from './known-types.ts'
import { localName, TaskFunctionReader } from './task-function.ts'

/** Text that goes into a file at an offset. */
export interface Insertion {
  readonly at: number
  readonly text: string
}

/** What keeps an interface from being derived, and where it is. */
export interface DeriveProblem {
  readonly message: string
  /** Absolute. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1. */
  readonly column: number
}

export interface DerivedFile {
  readonly insertions: readonly Insertion[]
  readonly problems: readonly DeriveProblem[]
}

/** What the tasks of a file take and return, as arguments for the calls that declare them. */
export function deriveFile(ts: Compiler, program: ts.Program, file: string): DerivedFile {
  const source = program.getSourceFile(file)
  if (source === undefined) return { insertions: [], problems: [] }
  const checker = program.getTypeChecker()
  const known = new KnownTypes(ts, program)
  const insertions: Insertion[] = []
  const problems: DeriveProblem[] = []
  const imports = new Set<string>()
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit)
    const fn = ts.isCallExpression(node) ? untypedFunction(ts, checker, known, node) : undefined
    if (fn === undefined) return
    const call = node as ts.CallExpression
    const reader = new TaskFunctionReader(ts, checker, known, call)
    const code = reader.read(fn)
    if (code !== undefined) insertions.push({ at: call.arguments.at(-1)?.end ?? call.end, text: `, ${code}` })
    for (const name of reader.imports) imports.add(name)
    for (const { node: at, message, hint } of reader.problems) {
      const start = at.getStart()
      const { line, character } = at.getSourceFile().getLineAndCharacterOfPosition(start)
      problems.push({
        message: `${message}. ${hint}`,
        file: at.getSourceFile().fileName,
        line: line + 1,
        column: character + 1,
      })
    }
  }
  visit(source)
  if (imports.size > 0) insertions.push({ at: source.text.length, text: importOf([...imports]) })
  return { insertions, problems }
}

// At the end, so that all lines stay where they are.
function importOf(names: readonly string[]): string {
  const list = names.map((name) => `${name} as ${localName(name)}`).join(', ')
  return `\nimport { ${list} } from '@tern/sdk/derived'\n`
}

/** The function in a call that declares a task without schemas. */
function untypedFunction(
  ts: Compiler,
  checker: ts.TypeChecker,
  known: KnownTypes,
  call: ts.CallExpression,
): ts.Expression | undefined {
  const { expression, arguments: args } = call
  if (!ts.isPropertyAccessExpression(expression) || expression.name.text !== 'task') return undefined
  if (!known.isTaskMethod(checker.getSymbolAtLocation(expression.name))) return undefined
  const [first, second, third] = args
  if (first === undefined || third !== undefined) return undefined
  if (checker.getTypeAtLocation(first).getCallSignatures().length > 0) return first
  if (second === undefined || hasSchemas(checker, first)) return undefined
  return isUntypedFunction(ts, second) ? undefined : second
}

function hasSchemas(checker: ts.TypeChecker, options: ts.Expression): boolean {
  const type = checker.getTypeAtLocation(options)
  return ['inputs', 'output', 'outputs'].some((name) => type.getProperty(name) !== undefined)
}

// One that declares nothing gets an empty object, and has no type for it.
function isUntypedFunction(ts: Compiler, fn: ts.Expression): boolean {
  if (!ts.isArrowFunction(fn) && !ts.isFunctionExpression(fn)) return false
  const [first] = fn.parameters
  if (first === undefined) return false
  return first.type === undefined && first.initializer === undefined && ts.getJSDocType(first) === undefined
}
