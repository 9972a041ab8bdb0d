import type ts from 'typescript'
import type { Compiler } from './compiler.ts'
import type { Shape } from './derived-interface.ts'

/** The shape of members of one enum, in the order of its declaration. */
export function enumShape(ts: Compiler, checker: ts.TypeChecker, members: readonly ts.Type[]): Shape {
  const symbols = new Set(members.map(({ symbol }) => symbol))
  const declaration = enumOf(ts, members[0])
  const entries = (declaration?.members ?? []).flatMap((member) => {
    const symbol = checker.getSymbolAtLocation(member.name)
    const isMember = symbol !== undefined && symbols.has(symbol)
    return isMember ? [[symbol.name, checker.getConstantValue(member) ?? symbol.name] as const] : []
  })
  return { kind: 'enum', entries: Object.fromEntries(entries) }
}

/** The enum that a type is a member of. */
export function enumOf(ts: Compiler, type: ts.Type | undefined): ts.EnumDeclaration | undefined {
  const declaration = type?.symbol?.valueDeclaration
  if (declaration === undefined) return undefined
  if (ts.isEnumDeclaration(declaration)) return declaration
  return ts.isEnumMember(declaration) ? declaration.parent : undefined
}
