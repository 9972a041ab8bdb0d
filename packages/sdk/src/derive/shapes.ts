import type ts from 'typescript'
import type { Compiler } from './compiler.ts'
import type { Member, Shape } from './derived-interface.ts'
import { propertyDocs } from './docs.ts'
import { enumOf, enumShape } from './enum-shape.ts'
import { columnsOf } from './frame-shape.ts'
import type { KnownTypes } from './known-types.ts'
import { NoWireFormError } from './no-wire-form.ts'
import { aliasNodeOf, itemNode, propertyNode, variantNode } from './type-nodes.ts'
import { inWrittenOrder } from './union-order.ts'
import type { VisibleClasses } from './visible-classes.ts'

/** Where a type is: its path within the parameter, and how it is written there, if it is. */
export interface TypePlace {
  readonly path: string
  readonly node?: ts.TypeNode | undefined
}

/** Reads types as people would describe them who write schemas. */
export class ShapeReader {
  readonly #ts: Compiler
  readonly #checker: ts.TypeChecker
  readonly #known: KnownTypes
  readonly #classes: VisibleClasses
  /** The objects that are being read, and whether they have turned out to be part of themselves. */
  readonly #open = new Map<ts.Type, { readonly id: number; isUsed: boolean }>()
  #lastId = 0

  constructor(ts: Compiler, checker: ts.TypeChecker, known: KnownTypes, classes: VisibleClasses) {
    this.#ts = ts
    this.#checker = checker
    this.#known = known
    this.#classes = classes
  }

  /**
   * The shape of a type. What may be undefined is optional.
   *
   * @throws NoWireFormError naming the part of the type that has none
   */
  read(type: ts.Type, place: TypePlace): Shape {
    const { Any, Unknown, Never, Null, TypeParameter } = this.#ts.TypeFlags
    const own = this.#known.ownShape(type, place.node)
    if (own !== undefined) return own
    if (type.flags & Any) throw this.#untyped(place)
    if (type.flags & Unknown) return 'unknown'
    if (type.flags & Null) return 'null'
    if (type.flags & Never) throw this.#refused(type, place, 'has no values', 'Say what it is.')
    if (type.flags & TypeParameter) {
      throw this.#refused(type, place, 'stands for any type', 'Give the function types that are known.')
    }
    return this.#scalar(type) ?? this.#composite(type, place)
  }

  /** The shape of a type, of which it is said elsewhere that it may be left out. */
  readPresent(type: ts.Type, place: TypePlace): Shape {
    const shape = this.read(type, place)
    return typeof shape === 'object' && shape.kind === 'optional' ? shape.of : shape
  }

  /** The properties of an object. */
  members(type: ts.Type, place: TypePlace): readonly Member[] {
    const properties = this.#checker.getPropertiesOfType(type).filter((property) => !this.#known.isMark(property))
    return properties.map((property) => this.#member(property, place))
  }

  #scalar(type: ts.Type): Shape | undefined {
    const { TypeFlags } = this.#ts
    if (type.flags & TypeFlags.EnumLike) {
      return type.isUnion() || enumOf(this.#ts, type) === undefined ? undefined : this.#variant([type], { path: '' })
    }
    if (type.flags & (TypeFlags.StringLiteral | TypeFlags.NumberLiteral | TypeFlags.BooleanLiteral)) {
      return this.#variant([type], { path: '' })
    }
    if (type.flags & TypeFlags.StringLike) return 'string'
    if (type.flags & TypeFlags.Number) return 'number'
    if (type.flags & TypeFlags.BigIntLike) return 'bigint'
    return type.flags & TypeFlags.Boolean ? 'boolean' : undefined
  }

  #composite(type: ts.Type, place: TypePlace): Shape {
    const { TypeFlags } = this.#ts
    if (type.isUnion()) return this.#union(type, place)
    if (type.flags & (TypeFlags.Undefined | TypeFlags.Void)) {
      throw this.#refused(type, place, 'is no value', 'Leave it out, or use null.')
    }
    if (type.isIntersection()) {
      // A brand: the value is the text or number that it marks.
      const scalar = type.types.find((part) => this.#scalar(part) !== undefined)
      if (scalar !== undefined) return this.read(scalar, { path: place.path })
    }
    if (type.flags & TypeFlags.NonPrimitive) {
      throw this.#refused(type, place, 'says nothing', 'Use unknown, or Record<string, unknown>.')
    }
    if (!(type.flags & (TypeFlags.Object | TypeFlags.Intersection))) {
      throw this.#refused(type, place, 'has no wire form', 'Use a type that other languages know.')
    }
    if (this.#known.nameOf(type) === 'DataFrame') return this.#frame(type, place)
    return (
      this.#collection(type, place) ?? this.#list(type, place) ?? this.#class(type, place) ?? this.#object(type, place)
    )
  }

  #collection(type: ts.Type, place: TypePlace): Shape | undefined {
    const name = this.#known.nameOf(type)
    if (name !== 'Set' && name !== 'Map') return undefined
    const [first, second] = this.#checker.getTypeArguments(type as ts.TypeReference)
    const item = (part: ts.Type | undefined, where: string, node?: ts.TypeNode) =>
      this.read(part as ts.Type, { path: `${place.path}[${where}]`, node })
    const node = itemNode(this.#ts, this.#checker, place.node)
    if (name === 'Set') return { kind: 'set', of: item(first, '', node) }
    return { kind: 'map', key: item(first, 'key'), of: item(second, '…', node) }
  }

  #class(type: ts.Type, place: TypePlace): Shape | undefined {
    const symbol = type.getSymbol()
    const isClass = type.isClass() || (type as Partial<ts.TypeReference>).target?.isClass() === true
    if (!isClass || symbol === undefined || this.#known.hintFor(type) !== undefined) return undefined
    const index = this.#classes.indexOf(symbol)
    if (index !== undefined) return { kind: 'class', index, at: this.#classes.place }
    const hint = `Import the class itself where the task is declared, and say how it travels with registerTransformer().`
    throw this.#refused(type, place, 'is a class that is not there', hint)
  }

  #frame(type: ts.Type, place: TypePlace): Shape {
    const [row] = this.#checker.getTypeArguments(type as ts.TypeReference)
    const isOpen = row === undefined || this.#checker.getIndexTypeOfType(row, this.#ts.IndexKind.String) !== undefined
    if (isOpen) return { kind: 'data-frame' }
    const found = columnsOf(this.members(row, { path: `${place.path}<row>` }))
    if ('columns' in found) return { kind: 'data-frame', columns: found.columns }
    const hint = 'Columns hold numbers, bigints, texts, booleans, Dates, and lists of these.'
    throw this.#refused(type, { path: `${place.path}<row>.${found.refused}` }, 'has a column of another type', hint)
  }

  #list(type: ts.Type, place: TypePlace): Shape | undefined {
    const checker = this.#checker
    if (checker.isArrayType(type)) {
      const [item] = checker.getTypeArguments(type as ts.TypeReference)
      const node = itemNode(this.#ts, checker, place.node)
      return item && { kind: 'array', of: this.read(item, { path: `${place.path}[]`, node }) }
    }
    if (!checker.isTupleType(type)) return undefined
    const { elementFlags } = (type as ts.TupleTypeReference).target
    if (!elementFlags.every((flag) => flag === this.#ts.ElementFlags.Required)) {
      const hint = 'Write an array for values of any length, or a union for what may be missing.'
      throw this.#refused(type, place, 'has no fixed length', hint)
    }
    const items = checker.getTypeArguments(type as ts.TypeReference)
    return { kind: 'tuple', of: items.map((item, index) => this.read(item, { path: `${place.path}[${index}]` })) }
  }

  #object(type: ts.Type, place: TypePlace): Shape {
    this.#checkPlain(type, place)
    const open = this.#open.get(type)
    if (open !== undefined) {
      open.isUsed = true
      return { kind: 'self', id: open.id }
    }
    const entry = { id: ++this.#lastId, isUsed: false }
    this.#open.set(type, entry)
    const members = this.members(type, place)
    const rest = this.#rest(type, place)
    this.#open.delete(type)
    if (members.length === 0 && rest !== undefined) return { kind: 'record', of: rest }
    const id = entry.isUsed ? { id: entry.id } : {}
    return { kind: 'object', ...id, members, ...(rest === undefined ? {} : { rest }) }
  }

  #rest(type: ts.Type, place: TypePlace): Shape | undefined {
    const rest = this.#checker.getIndexTypeOfType(type, this.#ts.IndexKind.String)
    if (rest === undefined) return undefined
    return this.read(rest, { path: `${place.path}[…]`, node: itemNode(this.#ts, this.#checker, place.node) })
  }

  #checkPlain(type: ts.Type, place: TypePlace): void {
    if (type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0) {
      throw this.#refused(type, place, 'is a function', 'Pass plain values.')
    }
    const hint = this.#known.hintFor(type)
    if (hint !== undefined) throw this.#refused(type, place, 'has no wire form', hint)
    const { String, Number } = this.#ts.IndexKind
    const indexedBy = (kind: ts.IndexKind) => this.#checker.getIndexTypeOfType(type, kind) !== undefined
    if (indexedBy(Number) && !indexedBy(String)) {
      throw this.#refused(type, place, 'has numbers as keys', 'Use an array, or Record<string, …>.')
    }
  }

  #member(property: ts.Symbol, { path }: TypePlace): Member {
    const at = {
      path: path === '' ? property.name : `${path}.${property.name}`,
      node: propertyNode(this.#ts, property),
    }
    const type = this.#checker.getTypeOfSymbol(property)
    if (property.name.startsWith('__@')) throw this.#refused(type, at, 'has a symbol as its key', 'Use texts as keys.')
    const isOptional = (property.flags & this.#ts.SymbolFlags.Optional) !== 0
    const shape = isOptional ? optional(this.readPresent(type, at)) : this.read(type, at)
    const description = propertyDocs(this.#ts, this.#checker, property)
    return { name: property.name, shape, ...(description === undefined ? {} : { description }) }
  }

  #union(type: ts.UnionType, place: TypePlace): Shape {
    const { Undefined, Void, Null } = this.#ts.TypeFlags
    const values = type.types.filter(({ flags }) => !(flags & (Undefined | Void | Null)))
    const hasIntegers = values.some((value) => this.#known.nameOf(value) === 'Int')
    // As a number of any kind takes up those that are named.
    const present = hasIntegers ? values.filter(({ flags }) => !(flags & this.#ts.TypeFlags.NumberLiteral)) : values
    const node = place.node ?? aliasNodeOf(this.#ts, type)
    const members = inWrittenOrder(this.#ts, this.#checker, present, node)
    const variants = this.#groups(members).map((group) => this.#variant(group, { path: place.path, node }))
    const [only] = variants
    let shape: Shape = variants.length === 1 && only !== undefined ? only : { kind: 'union', of: variants }
    if (variants.length === 0) shape = 'null'
    else if (type.types.some(({ flags }) => flags & Null)) shape = { kind: 'nullable', of: shape }
    return type.types.some(({ flags }) => flags & (Undefined | Void)) ? optional(shape) : shape
  }

  // Texts together are one choice, and so are numbers; both truth values are a boolean, the members of an enum the enum.
  #groups(members: readonly ts.Type[]): readonly (readonly ts.Type[])[] {
    const { EnumLiteral, StringLiteral, NumberLiteral, BooleanLiteral } = this.#ts.TypeFlags
    const groups = new Map<unknown, ts.Type[]>()
    for (const member of members) {
      const literal = [StringLiteral, NumberLiteral, BooleanLiteral].find((flag) => member.flags & flag)
      const key = member.flags & EnumLiteral ? enumOf(this.#ts, member) : (literal ?? member)
      groups.set(key, [...(groups.get(key) ?? []), member])
    }
    return [...groups.values()]
  }

  #variant(group: readonly ts.Type[], place: TypePlace): Shape {
    const [first] = group as readonly [ts.Type]
    const { EnumLiteral, StringLiteral, NumberLiteral, BooleanLiteral } = this.#ts.TypeFlags
    if (first.flags & EnumLiteral) return enumShape(this.#ts, this.#checker, group)
    const values = group.map((each) => (each as ts.LiteralType).value)
    if (first.flags & StringLiteral) return { kind: 'enum', entries: values as string[] }
    if (first.flags & NumberLiteral) return { kind: 'literal', values: values as number[] }
    if (first.flags & BooleanLiteral) {
      const isTrue = this.#checker.typeToString(first) === 'true'
      return group.length === 2 ? 'boolean' : { kind: 'literal', values: [isTrue] }
    }
    return this.read(first, { path: place.path, node: variantNode(this.#ts, this.#checker, first, place.node) })
  }

  #untyped({ path, node }: TypePlace): NoWireFormError {
    const hint = 'Say what it is; unknown stands for any plain value.'
    if (node === undefined) return new NoWireFormError({ path, type: 'any' }, 'says nothing', hint)
    return new NoWireFormError({ path, type: node.getText() }, 'cannot be found, or says nothing', hint)
  }

  #refused(type: ts.Type, { path }: TypePlace, reason: string, hint: string): NoWireFormError {
    return new NoWireFormError({ path, type: this.#checker.typeToString(type) }, reason, hint)
  }
}

function optional(shape: Shape): Shape {
  return typeof shape === 'object' && shape.kind === 'optional' ? shape : { kind: 'optional', of: shape }
}
