/** A node of the syntax tree, as ESLint and oxlint have it. */
export interface SyntaxNode {
  readonly type: string
  readonly [key: string]: unknown
}

export interface RuleContext {
  report(problem: { node: SyntaxNode; messageId: string; data?: Readonly<Record<string, string>> }): void
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string'
}

/** The nodes directly inside of one. */
export function* childrenOf(node: SyntaxNode): Generator<SyntaxNode> {
  for (const [key, value] of Object.entries(node)) {
    if (key === 'parent') continue
    if (isNode(value)) yield value
    else if (Array.isArray(value)) yield* value.filter(isNode)
  }
}

const wrappers = new Set([
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'ParenthesizedExpression',
  'ChainExpression',
])

/** An expression without what TypeScript writes around it. */
export function unwrapped(node: unknown): SyntaxNode | undefined {
  let found = node
  while (isNode(found) && wrappers.has(found.type)) found = found['expression']
  return isNode(found) ? found : undefined
}

export function isFunction(node: SyntaxNode | undefined): boolean {
  return node?.type === 'ArrowFunctionExpression' || node?.type === 'FunctionExpression'
}

/** `f` of `f(…)`, if it is a plain name. */
export function calledName(node: SyntaxNode): string | undefined {
  const callee = node.type === 'CallExpression' ? unwrapped(node['callee']) : undefined
  return callee?.type === 'Identifier' ? (callee['name'] as string) : undefined
}

/** `m` of `x.m(…)`. */
export function calledMethod(node: SyntaxNode): string | undefined {
  const callee = node.type === 'CallExpression' ? unwrapped(node['callee']) : undefined
  if (callee?.type !== 'MemberExpression' || callee['computed'] === true) return undefined
  const property = callee['property']
  return isNode(property) && property.type === 'Identifier' ? (property['name'] as string) : undefined
}

/** The names that a pattern declares. */
export function* namesIn(pattern: unknown): Generator<string> {
  if (!isNode(pattern)) return
  switch (pattern.type) {
    case 'Identifier':
      yield pattern['name'] as string
      break
    case 'AssignmentPattern':
      yield* namesIn(pattern['left'])
      break
    case 'ArrayPattern':
      for (const element of pattern['elements'] as unknown[]) yield* namesIn(element)
      break
    case 'ObjectPattern':
      for (const property of pattern['properties'] as SyntaxNode[]) yield* namesIn(property['value'] ?? property)
      break
    case 'RestElement':
      yield* namesIn(pattern['argument'])
      break
    default:
      break
  }
}
