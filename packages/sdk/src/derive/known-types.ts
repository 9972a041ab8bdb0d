import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type ts from 'typescript'
import type { Compiler } from './compiler.ts'
import type { Shape } from './derived-interface.ts'

/** Types that mean something to us, by whose they are and how they are called. */
export type KnownType =
  | 'Int'
  | 'Date'
  | 'Duration'
  | 'Uint8Array'
  | 'URL'
  | 'Set'
  | 'Map'
  | 'File'
  | 'Dir'
  | 'DataFrame'
  | 'Outputs'
  | 'TaskContext'
  | 'AbortSignal'
  | 'Generator'

const ownShapes: Partial<Record<KnownType, Shape>> = {
  Int: 'integer',
  Date: 'date',
  Duration: 'duration',
  Uint8Array: 'bytes',
  URL: 'url',
  File: { kind: 'file' },
  Dir: { kind: 'dir' },
}

/** Of the platform: where neither the DOM nor Node's types are part of a project, it is plain all the same what is meant. */
const platformNames: readonly KnownType[] = ['AbortSignal', 'URL']

const ofTheSdk = new Set(['File', 'Dir', 'DataFrame', 'Duration', 'TaskContext'])
const ofTheLanguage: ReadonlyMap<string, KnownType> = new Map([
  ['Date', 'Date'],
  ['AbortSignal', 'AbortSignal'],
  ['Uint8Array', 'Uint8Array'],
  ['URL', 'URL'],
  ['Set', 'Set'],
  ['ReadonlySet', 'Set'],
  ['Map', 'Map'],
  ['ReadonlyMap', 'Map'],
  ['Generator', 'Generator'],
  ['AsyncGenerator', 'Generator'],
])

/** What to write instead of classes of the language that have no wire form. */
const hints: ReadonlyMap<string, string> = new Map([
  ['Promise', 'Await it, and pass its value.'],
  ['Buffer', 'Use Uint8Array, or File for much.'],
  ['ArrayBuffer', 'Use Uint8Array, or File for much.'],
  ['ReadableStream', 'Use File: File.fromStream(stream).'],
  ['RegExp', 'Use a string: its source.'],
  ['File', 'Import File from @tern/sdk: this one is the browser’s.'],
])

export class KnownTypes {
  readonly #ts: Compiler
  readonly #program: ts.Program
  readonly #checker: ts.TypeChecker

  constructor(ts: Compiler, program: ts.Program) {
    this.#ts = ts
    this.#program = program
    this.#checker = program.getTypeChecker()
  }

  /** @param node how the type is written, which tells aliases that a type does not remember */
  nameOf(type: ts.Type, node?: ts.TypeNode): KnownType | undefined {
    if (this.#isDurationInput(type, node)) return 'Duration'
    if (type.isIntersection()) return this.#mark(type)
    const symbol = type.getSymbol()
    if (symbol === undefined) {
      const isUnknown = (type.flags & this.#ts.TypeFlags.Any) !== 0
      return isUnknown ? platformNames.find((name) => name === node?.getText()) : undefined
    }
    const { name } = symbol
    if (ofTheSdk.has(name) && this.#isOurs(symbol)) return name as KnownType
    return this.#isOfTheLanguage(symbol) ? ofTheLanguage.get(name) : undefined
  }

  ownShape(type: ts.Type, node?: ts.TypeNode): Shape | undefined {
    const name = this.nameOf(type, node)
    return name === undefined ? undefined : ownShapes[name]
  }

  /** Whether a property is only there to tell a type from others. */
  isMark(property: ts.Symbol): boolean {
    return /^__@(?:integer|outputs)@/.test(property.name) && this.#isOurs(property)
  }

  /** What to use instead of a type of the language or of Node. */
  hintFor(type: ts.Type): string | undefined {
    const symbol = type.getSymbol()
    if (symbol === undefined || !this.#isOfTheLanguage(symbol)) return undefined
    const { TypeLiteral, ObjectLiteral } = this.#ts.SymbolFlags
    // What the library's aliases make, such as Partial<…>, is an object as any.
    if (symbol.flags & (TypeLiteral | ObjectLiteral)) return undefined
    return hints.get(symbol.name) ?? 'Use a type that other languages know.'
  }

  /** Whether something is declared by this package, or by what it is made of. */
  #isOurs(symbol: ts.Symbol): boolean {
    return (symbol.declarations ?? []).some((declaration) =>
      ourPackages.has(packageNameOf(declaration.getSourceFile().fileName) ?? ''),
    )
  }

  isTaskMethod(symbol: ts.Symbol | undefined): boolean {
    return symbol?.name === 'task' && this.#isOurs(symbol) && parentName(this.#ts, symbol) === 'TaskEnvironment'
  }

  #isOfTheLanguage(symbol: ts.Symbol): boolean {
    return (symbol.declarations ?? []).some((declaration) => {
      const file = declaration.getSourceFile()
      if (this.#program.isSourceFileDefaultLibrary(file)) return true
      return platformPackages.has(packageNameOf(file.fileName) ?? '')
    })
  }

  #isDurationInput(type: ts.Type, node: ts.TypeNode | undefined): boolean {
    const ts = this.#ts
    const written = node !== undefined && ts.isTypeReferenceNode(node) ? this.#aliasOf(node.typeName) : undefined
    return [type.aliasSymbol, written].some((alias) => alias?.name === 'DurationInput' && this.#isOurs(alias))
  }

  #aliasOf(name: ts.EntityName): ts.Symbol | undefined {
    const symbol = this.#checker.getSymbolAtLocation(name)
    const isImport = symbol !== undefined && (symbol.flags & this.#ts.SymbolFlags.Alias) !== 0
    return isImport ? this.#checker.getAliasedSymbol(symbol) : symbol
  }

  #mark(type: ts.IntersectionType): KnownType | undefined {
    const marks = this.#checker.getPropertiesOfType(type).filter((property) => this.isMark(property))
    if (marks.length === 0) return undefined
    return marks.some(({ name }) => name.startsWith('__@integer@')) ? 'Int' : 'Outputs'
  }
}

const ourPackages = new Set(['@tern/sdk', '@tern/core'])
const platformPackages = new Set(['@types/node', 'undici-types', 'bun-types'])

function parentName(ts: Compiler, symbol: ts.Symbol): string | undefined {
  const parent = symbol.declarations?.[0]?.parent
  return parent !== undefined && ts.isClassDeclaration(parent) ? parent.name?.text : undefined
}

/** Whether a file is one of Tern's own packages. */
export function isOurPackage(file: string): boolean {
  return packageNameOf(file)?.startsWith('@tern/') === true
}

const packageNames = new Map<string, string | undefined>()

/** The name of the package that a file belongs to. */
function packageNameOf(file: string): string | undefined {
  const directory = dirname(file)
  if (directory === file) return undefined
  if (!packageNames.has(directory)) packageNames.set(directory, readName(directory) ?? packageNameOf(directory))
  return packageNames.get(directory)
}

function readName(directory: string): string | undefined {
  const path = join(directory, 'package.json')
  if (!existsSync(path)) return undefined
  return (JSON.parse(readFileSync(path, 'utf8')) as { name?: string }).name
}
