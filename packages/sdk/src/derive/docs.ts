import type ts from 'typescript'
import type { Compiler } from './compiler.ts'

/** What documentation comments say about a task. */
export interface Docs {
  readonly summary: string
  /** By the name of the parameter, or of a member of one. */
  readonly parameters: ReadonlyMap<string, string>
  readonly returns: string | undefined
}

/** From the comments of the function and of the statement that holds the task; the function's own go first. */
export function readDocs(ts: Compiler, fn: ts.Node, call: ts.Node): Docs {
  const comments = [fn, statementOf(ts, call)].flatMap((node) => (node === undefined ? [] : commentsOf(ts, node)))
  const tags = comments.flatMap(({ tags = [] }) => [...tags])
  const parameters = new Map<string, string>()
  for (const tag of tags.filter(ts.isJSDocParameterTag)) {
    const name = ts.isIdentifier(tag.name) ? tag.name.text : tag.name.right.text
    const text = textOf(ts, tag.comment).replace(/^-\s*/, '')
    if (text !== '' && !parameters.has(name)) parameters.set(name, text)
  }
  const returns = tags.find(ts.isJSDocReturnTag)
  return {
    summary: comments.map(({ comment }) => textOf(ts, comment)).find((text) => text !== '') ?? '',
    parameters,
    returns: returns === undefined ? undefined : textOf(ts, returns.comment) || undefined,
  }
}

/** The text of the comment before a property. */
export function propertyDocs(ts: Compiler, checker: ts.TypeChecker, property: ts.Symbol): string | undefined {
  const text = ts.displayPartsToString(property.getDocumentationComment(checker)).trim()
  return text === '' ? undefined : oneLine(text)
}

const maxShort = 255
const maxLong = 2048

/** A summary as the wire has it: its first paragraph, and all of it where there are more. */
export function toDocumentation(summary: string): { short: string; long?: string } | undefined {
  if (summary === '') return undefined
  const [first = ''] = summary.split(/\n\s*\n/)
  const line = oneLine(first)
  const short = shortened(line, maxShort)
  const isAll = short === line && line === oneLine(summary)
  return isAll ? { short } : { short, long: shortened(summary, maxLong) }
}

function shortened(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, text.lastIndexOf(' ', limit - 1)).trimEnd()}…`
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

function textOf(ts: Compiler, comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string {
  return (ts.getTextOfJSDocComment(comment) ?? '').trim()
}

function commentsOf(ts: Compiler, node: ts.Node): readonly ts.JSDoc[] {
  return ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).toReversed()
}

function statementOf(ts: Compiler, call: ts.Node): ts.Node | undefined {
  for (let node: ts.Node | undefined = call.parent; node !== undefined; node = node.parent) {
    if (ts.isVariableStatement(node) || ts.isExportAssignment(node) || ts.isExpressionStatement(node)) return node
    if (ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node)) return node
    if (ts.isFunctionLike(node)) return undefined
  }
  return undefined
}
