import type ts from 'typescript'
import type { Compiler } from './compiler.ts'
import { aliasedNode } from './union-order.ts'

// Types do not remember how they are written; the places where they are lead to their parts.

/** How the items of a list, or the values of a record, are written. */
export function itemNode(
  ts: Compiler,
  checker: ts.TypeChecker,
  node: ts.TypeNode | undefined,
): ts.TypeNode | undefined {
  const inside = (part: ts.TypeNode) => itemNode(ts, checker, part)
  if (node === undefined) return undefined
  if (ts.isArrayTypeNode(node)) return node.elementType
  if (ts.isParenthesizedTypeNode(node) || ts.isTypeOperatorNode(node)) return inside(node.type)
  if (ts.isUnionTypeNode(node)) return node.types.map(inside).find((part) => part !== undefined)
  if (!ts.isTypeReferenceNode(node)) return undefined
  const aliased = aliasedNode(ts, checker, node)
  return aliased === undefined ? node.typeArguments?.at(-1) : inside(aliased)
}

/** How one variant of a union is written. */
export function variantNode(
  ts: Compiler,
  checker: ts.TypeChecker,
  variant: ts.Type,
  node: ts.TypeNode | undefined,
): ts.TypeNode | undefined {
  if (node === undefined) return undefined
  if (ts.isParenthesizedTypeNode(node)) return variantNode(ts, checker, variant, node.type)
  if (!ts.isUnionTypeNode(node)) return node
  return node.types.find((part) => checker.getTypeFromTypeNode(part) === variant)
}

/** How the type of a property is written. */
export function propertyNode(ts: Compiler, property: ts.Symbol): ts.TypeNode | undefined {
  const declaration = property.valueDeclaration ?? property.declarations?.[0]
  if (declaration === undefined) return undefined
  const hasType = ts.isPropertySignature(declaration) || ts.isPropertyDeclaration(declaration)
  return hasType ? declaration.type : undefined
}

/** How the type behind an alias is written. */
export function aliasNodeOf(ts: Compiler, type: ts.Type): ts.TypeNode | undefined {
  const declaration = type.aliasSymbol?.declarations?.find(ts.isTypeAliasDeclaration)
  return declaration?.typeParameters === undefined ? declaration?.type : undefined
}
