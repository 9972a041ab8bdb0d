import type ts from 'typescript'
import type { Compiler } from './compiler.ts'
import { constantCode } from './constants.ts'
import { type DerivedInterface, derivedFormat, type Member, type Parameter, type Shape } from './derived-interface.ts'
import { type Docs, readDocs, toDocumentation } from './docs.ts'
import type { KnownTypes } from './known-types.ts'
import { NoWireFormError } from './no-wire-form.ts'
import { ShapeReader } from './shapes.ts'
import { VisibleClasses } from './visible-classes.ts'

/** Something about a task's function that keeps its interface from being derived. */
export interface FunctionProblem {
  readonly message: string
  readonly hint: string
  readonly node: ts.Node
}

interface FoundInput extends Member {
  /** The code of its default. */
  readonly fallback?: string
}

/** The interface of one task, and all that is wrong with it. */
export class TaskFunctionReader {
  readonly problems: FunctionProblem[] = []
  /** What the code refers to, of `@tern/sdk/derived`. */
  imports: readonly string[] = []
  readonly #ts: Compiler
  readonly #checker: ts.TypeChecker
  readonly #known: KnownTypes
  readonly #shapes: ShapeReader
  readonly #classes: VisibleClasses
  readonly #call: ts.CallExpression
  readonly #parameters: Parameter[] = []
  readonly #inputs: FoundInput[] = []
  #owner = 'the task'
  #docs: Docs = { summary: '', parameters: new Map(), returns: undefined }

  constructor(ts: Compiler, checker: ts.TypeChecker, known: KnownTypes, call: ts.CallExpression) {
    this.#ts = ts
    this.#checker = checker
    this.#known = known
    this.#classes = new VisibleClasses(ts, checker, call)
    this.#shapes = new ShapeReader(ts, checker, known, this.#classes)
    this.#call = call
  }

  /**
   * The code of the interface, on one line.
   *
   * @param fn the argument that is the function
   * @returns undefined when there are problems
   */
  read(fn: ts.Expression): string | undefined {
    const name = this.#nameOf(fn)
    this.#owner = name === undefined ? 'the task' : `task ${name}`
    if (name === undefined && !this.#hasNameInOptions(fn)) {
      this.#report(fn, 'the task has no name', 'Name the function, or give options: env.task({ name }, …).')
    }
    const signatures = this.#checker.getTypeAtLocation(fn).getCallSignatures()
    const [signature] = signatures
    const declaration = signature?.getDeclaration()
    if (signature === undefined || declaration === undefined || signatures.length > 1) {
      const message = signatures.length > 1 ? 'has several signatures' : 'is no function whose types can be seen'
      this.#report(fn, `${this.#owner} ${message}`, 'Give a function with one signature.')
      return undefined
    }
    this.#docs = readDocs(this.#ts, declaration, this.#call)
    for (const parameter of declaration.parameters) {
      if (this.#ts.isParameter(parameter)) this.#readParameter(parameter)
    }
    this.#checkNames(declaration)
    const result = this.#readResult(signature, declaration)
    return this.problems.length > 0 ? undefined : this.#code(name, result)
  }

  #nameOf(fn: ts.Expression): string | undefined {
    const ts = this.#ts
    if (ts.isFunctionExpression(fn) && fn.name !== undefined) return fn.name.text
    const { parent } = this.#call
    if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return parent.name.text
    if (ts.isIdentifier(fn)) return fn.text
    return undefined
  }

  #hasNameInOptions(fn: ts.Expression): boolean {
    const [options] = this.#call.arguments
    if (options === undefined || options === fn) return false
    return this.#checker.getTypeAtLocation(options).getProperty('name') !== undefined
  }

  #readParameter(parameter: ts.ParameterDeclaration): void {
    const ts = this.#ts
    const { name } = parameter
    const type = this.#checker.getTypeAtLocation(parameter)
    const text = name.getText()
    const known = this.#known.nameOf(this.#checker.getNonNullableType(type), parameter.type)
    if (known === 'TaskContext' || known === 'AbortSignal') {
      this.#parameters.push({ given: known === 'TaskContext' ? 'context' : 'signal' })
    } else if (this.#parameters.some((before) => 'given' in before)) {
      this.#report(
        parameter,
        `parameter ${text} of ${this.#owner} comes after its context`,
        'Let the context come last.',
      )
    } else if (parameter.dotDotDotToken !== undefined) {
      this.#report(parameter, `parameter ...${text} of ${this.#owner} has no fixed number of values`, 'Take an array.')
    } else if (ts.isObjectBindingPattern(name)) this.#readMembers(parameter, name, type)
    else if (ts.isIdentifier(name)) this.#readInput(parameter, name.text, type)
    else this.#report(parameter, `parameter ${text} of ${this.#owner} has no name`, 'Give it one.')
  }

  #readInput(parameter: ts.ParameterDeclaration, name: string, type: ts.Type): void {
    const isOptional = parameter.questionToken !== undefined
    this.#attempt(parameter, () => {
      const place = { path: name, node: parameter.type }
      // What the compiler makes up for a parameter without a type comes from what the function is given to.
      const isTyped = (parameter.type ?? parameter.initializer ?? this.#ts.getJSDocType(parameter)) !== undefined
      if (!isTyped) throw new NoWireFormError({ path: name, type: 'any' }, 'says nothing', 'Write its type.')
      const hasDefault = isOptional || parameter.initializer !== undefined
      const shape = hasDefault ? this.#shapes.readPresent(type, place) : this.#shapes.read(type, place)
      this.#addInput({ name, shape }, parameter.initializer, isOptional)
    })
    this.#parameters.push({ input: name })
  }

  #readMembers(parameter: ts.ParameterDeclaration, pattern: ts.ObjectBindingPattern, type: ts.Type): void {
    const ts = this.#ts
    const { initializer } = parameter
    if (
      initializer !== undefined &&
      !(ts.isObjectLiteralExpression(initializer) && initializer.properties.length === 0)
    ) {
      const message = `parameter ${pattern.getText()} of ${this.#owner} has a default as a whole`
      return this.#report(initializer, message, 'Give its members defaults, and {} to the whole.')
    }
    const elements = new Map(
      pattern.elements.map((element) => [(element.propertyName ?? element.name).getText(), element]),
    )
    const present = this.#checker.getNonNullableType(type)
    this.#attempt(parameter, () => {
      if (parameter.type === undefined && present.flags & ts.TypeFlags.Any) {
        throw new NoWireFormError(
          { path: pattern.getText(), type: 'any' },
          'says nothing',
          'Write the types of its members.',
        )
      }
      const members = this.#shapes.members(present, { path: '' })
      for (const member of members) {
        const { initializer: fallback } = elements.get(member.name) ?? {}
        const isOptional = typeof member.shape === 'object' && member.shape.kind === 'optional'
        const shape = isOptional ? (member.shape as { readonly of: Shape }).of : member.shape
        this.#addInput({ ...member, shape }, fallback, isOptional)
      }
      this.#parameters.push({ members: members.map(({ name }) => name) })
    })
  }

  #addInput(member: Member, initializer: ts.Expression | undefined, isOptional: boolean): void {
    const { name, shape } = member
    const description = this.#docs.parameters.get(name) ?? member.description
    const about = description === undefined ? {} : { description }
    const fallback = initializer && constantCode(this.#ts, this.#checker, initializer, this.#call)
    if (fallback !== undefined) this.#inputs.push({ name, shape, ...about, fallback })
    else {
      // What the function computes by itself it computes when nothing arrives.
      const mayBeAbsent = isOptional || initializer !== undefined
      this.#inputs.push({ name, shape: mayBeAbsent ? { kind: 'optional', of: shape } : shape, ...about })
    }
  }

  #checkNames(declaration: ts.Node): void {
    const names = this.#inputs.map(({ name }) => name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) {
      this.#report(declaration, `${this.#owner} has two inputs called ${twice}`, 'Give one of them another name.')
    }
  }

  #readResult(
    signature: ts.Signature,
    declaration: ts.SignatureDeclaration,
  ): Pick<DerivedInterface, 'output' | 'outputs'> {
    const { Void, Undefined, Never } = this.#ts.TypeFlags
    let result: Pick<DerivedInterface, 'output' | 'outputs'> = {}
    this.#attempt(declaration.type ?? this.#nameNode(declaration), () => {
      const { type, node } = this.#awaited(signature.getReturnType(), declaration.type)
      if (type.flags & (Void | Undefined | Never)) return
      const place = { path: 'its result', node }
      if (this.#known.nameOf(type) === 'Outputs') {
        result = { outputs: this.#shapes.members(type, { path: '' }) }
        return
      }
      const description = this.#docs.returns
      const shape = this.#shapes.read(type, place)
      result = { output: { shape, ...(description === undefined ? {} : { description }) } }
    })
    return result
  }

  // What a promise comes to, or a generator returns.
  #awaited(type: ts.Type, node: ts.TypeNode | undefined): { type: ts.Type; node: ts.TypeNode | undefined } {
    const ts = this.#ts
    const written = node !== undefined && ts.isTypeReferenceNode(node) ? node.typeArguments : undefined
    if (this.#known.nameOf(type) === 'Generator') {
      const [, returned] = this.#checker.getTypeArguments(type as ts.TypeReference)
      if (returned !== undefined) return this.#awaited(returned, written?.[1])
    }
    const awaited = this.#checker.getAwaitedType(type) ?? type
    if (node === undefined) return { type: this.#widened(awaited), node }
    return awaited === type ? { type, node } : { type: awaited, node: written?.[0] }
  }

  // Of a function that returns 3 and does not say what it returns, the type is number.
  #widened(type: ts.Type): ts.Type {
    return type.isUnion() ? type : this.#checker.getBaseTypeOfLiteralType(type)
  }

  #nameNode(declaration: ts.SignatureDeclaration): ts.Node {
    return declaration.name ?? declaration
  }

  #attempt(node: ts.Node, read: () => void): void {
    try {
      read()
    } catch (error) {
      if (!(error instanceof NoWireFormError)) throw error
      const where = error.path === 'its result' || error.path.startsWith('its result') ? 'the result' : 'parameter'
      const what = where === 'the result' ? error.path.replace('its result', 'the result') : `parameter ${error.path}`
      this.#report(node, `${what} of ${this.#owner}: the type ${error.type} ${error.reason}`, error.hint)
    }
  }

  #report(node: ts.Node, message: string, hint: string): void {
    this.problems.push({ node, message, hint })
  }

  #code(name: string | undefined, result: Pick<DerivedInterface, 'output' | 'outputs'>): string {
    const docs = toDocumentation(this.#docs.summary)
    const inputs = this.#inputs.map(({ fallback, ...input }) => {
      const json = JSON.stringify(input)
      return fallback === undefined ? json : `${json.slice(0, -1)},"fallback":()=>(${fallback})}`
    })
    const rest = { ...(name === undefined ? {} : { name }), ...(docs === undefined ? {} : { docs }), ...result }
    const json = JSON.stringify({ format: derivedFormat, parameters: this.#parameters, ...rest })
    const { names } = this.#classes
    const classes = names.length === 0 ? '' : `,"classes":()=>[${names.join(',')}]`
    const own = [...ioClasses].filter(([kind]) => [json, ...inputs].some((part) => part.includes(`"kind":"${kind}"`)))
    this.imports = ['derived', ...own.map(([, type]) => type)]
    const io = own.length === 0 ? '' : `,"io":()=>({${own.map(([, type]) => `${type}:${localName(type)}`).join(',')}})`
    return `${localName('derived')}(${json.slice(0, -1)},"inputs":[${inputs.join(',')}]${classes}${io}})`
  }
}

const ioClasses = new Map([
  ['file', 'File'],
  ['dir', 'Dir'],
  ['data-frame', 'DataFrame'],
])

/** What something of `@tern/sdk/derived` is called in a file that nobody has imported it into. */
export function localName(name: string): string {
  return `__tern_${name}`
}
