import {
  calledMethod,
  calledName,
  childrenOf,
  isFunction,
  isNode,
  namesIn,
  type RuleContext,
  type SyntaxNode,
  unwrapped,
} from './syntax.ts'

// It knows names, not types: references are the parameters of a body, what `.node()` and the gates give, and what is taken out
// of these. What a variable of another function holds it does not know.

const workflowsModule = '@tern/sdk/workflows'
/** What takes a body whose first parameter holds references. */
const withRefs = new Set(['workflow'])
/** What takes a body whose parameters are values. */
const withValues = new Set(['dynamic'])
const givingRefs = new Set(['approve', 'signal'])
const givingConditions = new Set([
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'and',
  'or',
  'not',
  'isTrue',
  'isFalse',
  'isNone',
])

type Kind = 'reference' | 'condition'

/** What names stand for, in a function and those around it. */
class Names {
  private readonly kinds = new Map<string, Kind | undefined>()
  private readonly around: Names | undefined

  constructor(around?: Names) {
    this.around = around
  }

  set(pattern: unknown, kind: Kind | undefined): void {
    for (const name of namesIn(pattern)) this.kinds.set(name, kind)
  }

  kindOf(name: string): Kind | undefined {
    return this.kinds.has(name) ? this.kinds.get(name) : this.around?.kindOf(name)
  }
}

export const noRefInCondition = {
  meta: {
    type: 'problem',
    docs: { description: 'References of workflows have no value while the graph is built' },
    messages: {
      test: '{{what}} has no value while the graph is built: {{where}} always takes it for true. Use when(…).',
      join: '{{what}} has no value while the graph is built: {{where}} never looks at the other side. Use and(…), or(…), not(…) and when(…).',
      equal:
        '{{what}} has no value while the graph is built: {{where}} compares the reference itself. Use eq(…) or ne(…) in when(…).',
      await: '{{what}} has no value while the graph is built: awaiting it gives the reference itself.',
    },
    schema: [],
  },
  create(context: RuleContext): Readonly<Record<string, (node: SyntaxNode) => void>> {
    const imported = new Map<string, string>()
    return {
      ImportDeclaration(node) {
        if ((node['source'] as { value?: unknown } | undefined)?.value !== workflowsModule) return
        for (const specifier of node['specifiers'] as SyntaxNode[]) {
          const from = specifier['imported'] as { name?: string } | undefined
          const local = (specifier['local'] as { name: string }).name
          if (from?.name !== undefined) imported.set(local, from.name)
        }
      },
      CallExpression(node) {
        const name = imported.get(calledName(node) ?? '') ?? ''
        if (!withRefs.has(name) && !withValues.has(name)) return
        const body = (node['arguments'] as unknown[]).map(unwrapped).find(isFunction)
        if (body === undefined) return
        const names = new Names()
        const [first] = body['params'] as unknown[]
        if (withRefs.has(name)) names.set(first, 'reference')
        new BodyCheck(context, imported).visit(body['body'] as SyntaxNode, names)
      },
    }
  },
}

class BodyCheck {
  private readonly context: RuleContext
  private readonly imported: ReadonlyMap<string, string>

  constructor(context: RuleContext, imported: ReadonlyMap<string, string>) {
    this.context = context
    this.imported = imported
  }

  visit(node: SyntaxNode, names: Names): void {
    this.check(node, names)
    if (isFunction(node) || node.type === 'FunctionDeclaration') return this.visitFunction(node, names)
    // Declarations come before their uses, which is all that is asked here.
    for (const child of childrenOf(node)) this.visit(child, names)
    if (node.type === 'VariableDeclarator') names.set(node['id'], this.kindOf(node['init'], names))
    if (node.type === 'AssignmentExpression' && node['operator'] === '=') {
      const left = unwrapped(node['left'])
      if (left?.type === 'Identifier') names.set(left, this.kindOf(node['right'], names))
    }
  }

  private visitFunction(node: SyntaxNode, names: Names): void {
    const inside = new Names(names)
    for (const parameter of node['params'] as unknown[]) inside.set(parameter, undefined)
    if (isNode(node['body'])) this.visit(node['body'], inside)
  }

  private check(node: SyntaxNode, names: Names): void {
    switch (node.type) {
      case 'IfStatement':
        return this.report(node['test'], 'test', 'if', names)
      case 'WhileStatement':
      case 'DoWhileStatement':
        return this.report(node['test'], 'test', 'while', names)
      case 'ForStatement':
        return this.report(node['test'], 'test', 'for', names)
      case 'ConditionalExpression':
        return this.report(node['test'], 'test', '?:', names)
      case 'LogicalExpression':
        return this.report(node['left'], 'join', String(node['operator']), names)
      case 'UnaryExpression':
        return node['operator'] === '!' ? this.report(node['argument'], 'join', '!', names) : undefined
      case 'BinaryExpression':
        return this.checkEquality(node, names)
      case 'SwitchStatement':
        return this.report(node['discriminant'], 'equal', 'switch', names)
      case 'SwitchCase':
        return this.report(node['test'], 'equal', 'case', names)
      case 'AwaitExpression':
        return this.report(node['argument'], 'await', 'await', names)
      case 'CallExpression':
        return calledName(node) === 'Boolean' ? this.report(argument(node), 'test', 'Boolean', names) : undefined
      default:
        return undefined
    }
  }

  private checkEquality(node: SyntaxNode, names: Names): void {
    const operator = String(node['operator'])
    if (!/^[!=]==?$/.test(operator)) return
    const side = [node['left'], node['right']].find((one) => this.kindOf(one, names) !== undefined)
    this.report(side, 'equal', operator, names)
  }

  private report(expression: unknown, messageId: string, where: string, names: Names): void {
    const kind = this.kindOf(expression, names)
    const node = unwrapped(expression)
    if (kind === undefined || node === undefined) return
    this.context.report({ node, messageId, data: { what: `A ${kind}`, where } })
  }

  private kindOf(expression: unknown, names: Names): Kind | undefined {
    const node = unwrapped(expression)
    switch (node?.type) {
      case 'Identifier':
        return names.kindOf(node['name'] as string)
      case 'MemberExpression':
        return this.kindOf(node['object'], names) === 'reference' ? 'reference' : undefined
      case 'AwaitExpression':
        return this.kindOf(node['argument'], names)
      case 'CallExpression':
        return this.kindOfCall(node)
      default:
        return undefined
    }
  }

  private kindOfCall(node: SyntaxNode): Kind | undefined {
    const name = this.imported.get(calledName(node) ?? '') ?? ''
    if (givingConditions.has(name)) return 'condition'
    if (givingRefs.has(name)) return 'reference'
    const method = calledMethod(node)
    return method === 'node' || method === 'else' ? 'reference' : undefined
  }
}

function argument(node: SyntaxNode): unknown {
  return (node['arguments'] as unknown[])[0]
}
