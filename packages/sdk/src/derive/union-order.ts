import type ts from 'typescript'
import type { Compiler } from './compiler.ts'

// The compiler sorts the members of a union by when it first saw them, anywhere in the program. On the wire their order counts,
// so it has to be the one in which they are written.

/** The members of a union as they are written, as far as that can be told; the others by their text. */
export function inWrittenOrder(
  ts: Compiler,
  checker: ts.TypeChecker,
  members: readonly ts.Type[],
  node: ts.TypeNode | undefined,
): readonly ts.Type[] {
  const written = node === undefined ? [] : leaves(ts, checker, node)
  const places = new Map<ts.Type, number>()
  for (const [place, type] of written.entries()) {
    for (const member of type.isUnion() ? type.types : [type]) if (!places.has(member)) places.set(member, place)
  }
  const rank = (type: ts.Type) => places.get(type) ?? Number.MAX_SAFE_INTEGER
  const text = new Map(members.map((member) => [member, checker.typeToString(member)]))
  return members.toSorted((a, b) => rank(a) - rank(b) || compare(text.get(a) ?? '', text.get(b) ?? ''))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function leaves(
  ts: Compiler,
  checker: ts.TypeChecker,
  node: ts.TypeNode,
  seen = new Set<ts.Node>(),
): readonly ts.Type[] {
  if (seen.has(node)) return []
  seen.add(node)
  if (ts.isParenthesizedTypeNode(node)) return leaves(ts, checker, node.type, seen)
  if (ts.isUnionTypeNode(node)) return node.types.flatMap((each) => leaves(ts, checker, each, seen))
  const aliased = ts.isTypeReferenceNode(node) ? aliasedNode(ts, checker, node) : undefined
  if (aliased !== undefined) return leaves(ts, checker, aliased, seen)
  if (ts.isIndexedAccessTypeNode(node)) {
    const list = checker.getTypeFromTypeNode(node.objectType)
    if (checker.isTupleType(list)) return checker.getTypeArguments(list as ts.TypeReference)
  }
  return [checker.getTypeFromTypeNode(node)]
}

/** What an alias stands for, as it is written. */
export function aliasedNode(
  ts: Compiler,
  checker: ts.TypeChecker,
  node: ts.TypeReferenceNode,
): ts.TypeNode | undefined {
  const symbol = checker.getSymbolAtLocation(node.typeName)
  if (symbol === undefined) return undefined
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const declaration = target.declarations?.find(ts.isTypeAliasDeclaration)
  return declaration?.typeParameters === undefined ? declaration?.type : undefined
}
