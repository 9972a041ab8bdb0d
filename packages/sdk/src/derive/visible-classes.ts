import { basename } from 'node:path'
import type ts from 'typescript'
import type { Compiler } from './compiler.ts'
import { encloses, scopeOf } from './scopes.ts'

/** The classes in the types of a task, by the names that they have where it is declared. */
export class VisibleClasses {
  readonly names: string[] = []
  readonly #ts: Compiler
  readonly #checker: ts.TypeChecker
  readonly #call: ts.Node

  constructor(ts: Compiler, checker: ts.TypeChecker, call: ts.Node) {
    this.#ts = ts
    this.#checker = checker
    this.#call = call
  }

  /** Of the call: the name of its file, and the line. */
  get place(): string {
    const source = this.#call.getSourceFile()
    const { line } = source.getLineAndCharacterOfPosition(this.#call.getStart())
    return `${basename(source.fileName)}:${line + 1}`
  }

  /** The place of a class in `names`; undefined when code at the call cannot say its name. */
  indexOf(type: ts.Symbol): number | undefined {
    const name = this.#nameOf(type)
    if (name === undefined) return undefined
    const known = this.names.indexOf(name)
    return known >= 0 ? known : this.names.push(name) - 1
  }

  #nameOf(type: ts.Symbol): string | undefined {
    const ts = this.#ts
    const source = this.#call.getSourceFile()
    const own = type.declarations?.find((each) => each.getSourceFile() === source)
    if (own !== undefined) return encloses(scopeOf(ts, own), this.#call) ? type.name : undefined
    const imported = source.statements
      .filter(ts.isImportDeclaration)
      .flatMap(({ importClause }) => (importClause === undefined ? [] : this.#namesIn(importClause)))
    return imported.find((name) => this.#means(name, type))?.text
  }

  // What is imported as a type is not there when the code runs.
  #namesIn({ isTypeOnly, name, namedBindings }: ts.ImportClause): readonly ts.Identifier[] {
    if (isTypeOnly) return []
    const isNamed = namedBindings !== undefined && this.#ts.isNamedImports(namedBindings)
    const named = isNamed ? namedBindings.elements.filter((element) => !element.isTypeOnly) : []
    return [...(name === undefined ? [] : [name]), ...named.map((element) => element.name)]
  }

  #means(name: ts.Identifier, type: ts.Symbol): boolean {
    const symbol = this.#checker.getSymbolAtLocation(name)
    if (symbol === undefined) return false
    const isAlias = (symbol.flags & this.#ts.SymbolFlags.Alias) !== 0
    return (isAlias ? this.#checker.getAliasedSymbol(symbol) : symbol) === type
  }
}
