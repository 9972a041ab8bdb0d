import type ts from 'typescript'
import type { Compiler } from './compiler.ts'
import { encloses, scopeOf } from './scopes.ts'

/**
 * The code of a default that is the same each time, on one line; undefined for what has to be computed when it is needed.
 *
 * @param call where the code is to stand
 */
export function constantCode(
  ts: Compiler,
  checker: ts.TypeChecker,
  value: ts.Expression,
  call: ts.Node,
): string | undefined {
  const code = (part: ts.Expression) => constantCode(ts, checker, part, call)
  if (ts.isStringLiteralLike(value)) return JSON.stringify(value.text)
  if (ts.isNumericLiteral(value) || ts.isBigIntLiteral(value)) return value.getText()
  if (constantWords(ts).has(value.kind)) return value.getText()
  if (ts.isParenthesizedExpression(value) || ts.isAsExpression(value) || ts.isSatisfiesExpression(value)) {
    return code(value.expression)
  }
  if (ts.isNonNullExpression(value)) return code(value.expression)
  if (ts.isPrefixUnaryExpression(value)) {
    const operand = code(value.operand)
    const sign = ts.tokenToString(value.operator) ?? ''
    return operand === undefined || sign.length > 1 ? undefined : `${sign}${operand}`
  }
  if (ts.isArrayLiteralExpression(value)) return all(value.elements.map(code), (parts) => `[${parts.join(',')}]`)
  if (ts.isObjectLiteralExpression(value)) return objectCode(ts, value, code)
  if (ts.isNewExpression(value) && value.expression.getText() === 'Date' && (value.arguments?.length ?? 0) > 0) {
    return all((value.arguments ?? []).map(code), (parts) => `new Date(${parts.join(',')})`)
  }
  return isFixedName(ts, checker, value, call) ? value.getText().replace(/\s+/g, '') : undefined
}

function constantWords(ts: Compiler): ReadonlySet<ts.SyntaxKind> {
  return new Set([ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword, ts.SyntaxKind.NullKeyword])
}

function objectCode(
  ts: Compiler,
  value: ts.ObjectLiteralExpression,
  code: (part: ts.Expression) => string | undefined,
): string | undefined {
  const properties = value.properties.map((property) => {
    if (!ts.isPropertyAssignment(property) || ts.isComputedPropertyName(property.name)) return undefined
    const part = code(property.initializer)
    return part === undefined ? undefined : `${property.name.getText()}:${part}`
  })
  return all(properties, (parts) => `{${parts.join(',')}}`)
}

function all(parts: readonly (string | undefined)[], join: (parts: readonly string[]) => string): string | undefined {
  return parts.every((part) => part !== undefined) ? join(parts) : undefined
}

/** Of the language, and the same everywhere. */
const globals = new Set(['NaN', 'Infinity', 'Number', 'Math'])

// A constant, an import, an enum, or a property of one, that can be seen from where the task is declared.
function isFixedName(ts: Compiler, checker: ts.TypeChecker, value: ts.Expression, call: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(value)) return isFixedName(ts, checker, value.expression, call)
  if (!ts.isIdentifier(value)) return false
  const declaration = checker.getSymbolAtLocation(value)?.declarations?.[0]
  if (declaration === undefined || value.text === 'undefined') return false
  if (declaration.getSourceFile() !== call.getSourceFile()) return globals.has(value.text)
  if (ts.isVariableDeclaration(declaration)) {
    const isConst = (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0
    return isConst && encloses(scopeOf(ts, declaration), call)
  }
  const isFixed =
    ts.isEnumDeclaration(declaration) ||
    ts.isImportSpecifier(declaration) ||
    ts.isImportClause(declaration) ||
    ts.isNamespaceImport(declaration)
  return isFixed && encloses(scopeOf(ts, declaration), call)
}
