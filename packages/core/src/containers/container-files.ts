import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { toBinary } from '@bufbuild/protobuf'
import { BlobType_BlobDimensionality, type Literal, type LiteralType, SimpleType } from '@tern/idl/core'
import { type Inputs, InputsSchema, type NamedLiteral } from '@tern/idl/task'
import { DataValidationError } from '../errors.ts'
import { acceptsNone } from '../literal-types.ts'
import { literalToJson } from '../literal-json.ts'
import { parseText } from '../parse-text.ts'
import { joinUri } from '../storage/join-uri.ts'
import type { Storage } from '../storage/storage.ts'
import { jsonToLiteral } from '../to-literal.ts'
import type { ContainerLayout } from './container-layout.ts'

export interface ContainerPlace {
  /** A folder of this attempt alone, which exists. */
  readonly folder: string
  /** Below it outputs go that are files. */
  readonly rawDataPrefix: string
  readonly storage: Storage
}

/**
 * Inputs and outputs of a container task in any language, as Flyte's copilot hands them over: each input is a file of its
 * name, and so is each output. The folders are the attempt's own; where the command names the usual ones, it gets these.
 */
export class ContainerFiles {
  readonly #layout: ContainerLayout
  readonly #place: ContainerPlace
  readonly #values: ReadonlyMap<string, string>

  private constructor(layout: ContainerLayout, place: ContainerPlace, values: ReadonlyMap<string, string>) {
    this.#layout = layout
    this.#place = place
    this.#values = values
  }

  /** Writes the inputs. */
  static async stage(layout: ContainerLayout, inputs: Inputs, place: ContainerPlace): Promise<ContainerFiles> {
    const folder = inputsIn(place)
    await mkdir(folder, { recursive: true })
    await mkdir(outputsIn(place), { recursive: true })
    const values = new Map<string, string>()
    for (const { name, value } of inputs.literals) {
      if (value !== undefined) values.set(name, await stageInput(value, join(folder, name), layout, place.storage))
    }
    const json = JSON.stringify(Object.fromEntries(values))
    await writeFile(join(folder, 'inputs.pb'), toBinary(InputsSchema, inputs))
    await writeFile(join(folder, 'inputs.json'), json)
    // All JSON is YAML.
    if (layout.hasYaml) await writeFile(join(folder, 'inputs.yaml'), json)
    return new ContainerFiles(layout, place, values)
  }

  /** Part of a command, with the attempt's own folders. To be asked for before the values, which may look like a path. */
  withPaths(text: string): string {
    const withInputs = replacePath(text, this.#layout.inputPath, inputsIn(this.#place))
    return replacePath(withInputs, this.#layout.outputPath, outputsIn(this.#place))
  }

  /** Part of a command, with the values of the inputs, or the places of those that are files. */
  withValues(text: string): string {
    return text.replace(
      /\{\{\s*[.$]inputs\.(\w+)\s*\}\}/gi,
      (placeholder, name: string) => this.#values.get(name) ?? placeholder,
    )
  }

  /**
   * Reads the files that the task left. Those that stand for themselves are put into storage.
   *
   * @throws DataValidationError for an output that is not there, or not of its type
   */
  async collect(): Promise<NamedLiteral[]> {
    const literals: NamedLiteral[] = []
    for (const [name, type] of this.#layout.outputs)
      literals.push({ $typeName: 'flyteidl2.task.NamedLiteral', name, value: await this.#collect(name, type) })
    return literals
  }

  async #collect(name: string, type: LiteralType): Promise<Literal> {
    const { rawDataPrefix, storage } = this.#place
    const file = join(outputsIn(this.#place), name)
    if (!existsSync(file) && acceptsNone(type)) return jsonToLiteral(null, type, name)
    if (!existsSync(file)) {
      const place = `${this.#layout.outputPath}/${name}`
      throw new DataValidationError(`the task left no output ${name}: it is to be in the file ${place}`, { path: name })
    }
    if (type.type.case === 'blob' || type.type.case === 'structuredDatasetType') {
      const uri = joinUri(rawDataPrefix, name)
      await copyOut(file, uri, storage)
      return jsonToLiteral(uri, type, name)
    }
    const text = await readFile(file, 'utf8')
    const isText = type.type.case === 'simple' && type.type.value === SimpleType.STRING
    return parseText(isText ? text : text.trim(), type, name)
  }
}

function inputsIn({ folder }: ContainerPlace): string {
  return join(folder, 'inputs')
}

function outputsIn({ folder }: ContainerPlace): string {
  return join(folder, 'outputs')
}

/** Returns what stands for it in the command. */
async function stageInput(
  value: Literal,
  file: string,
  { keepsNames }: ContainerLayout,
  storage: Storage,
): Promise<string> {
  const scalar = value.value.case === 'scalar' ? value.value.value.value : undefined
  if (scalar?.case === 'blob' || scalar?.case === 'structuredDataset') {
    const { uri } = scalar.value
    const isFolder =
      scalar.case === 'blob' && scalar.value.metadata?.type?.dimensionality === BlobType_BlobDimensionality.MULTIPART
    const isNamed = keepsNames && scalar.case === 'blob' && !isFolder
    const target = isNamed ? join(file, basename(uri)) : file
    if (isNamed) await mkdir(file, { recursive: true })
    await copyIn(uri, target, storage, isFolder || scalar.case === 'structuredDataset')
    return target
  }
  const json = literalToJson(value)
  const text = json === null ? '' : typeof json === 'object' ? JSON.stringify(json) : String(json)
  await writeFile(file, text)
  return text
}

async function copyIn(uri: string, file: string, storage: Storage, mayBeFolder: boolean): Promise<void> {
  if (isAbsolute(uri)) return cp(uri, file, { recursive: true })
  if (!mayBeFolder || (await storage.exists(uri))) return fetchTo(uri, file, storage)
  for await (const object of storage.list(uri)) {
    const target = join(file, object.uri.slice(uri.length))
    if (target.startsWith(`${file}/`)) await fetchTo(object.uri, target, storage)
  }
}

async function fetchTo(uri: string, file: string, storage: Storage): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, await storage.read(uri))
}

async function copyOut(file: string, uri: string, storage: Storage): Promise<void> {
  // What links lead to goes with the working folder.
  if (isAbsolute(uri)) return cp(file, uri, { recursive: true, dereference: true })
  if (!(await stat(file)).isDirectory()) return storage.write(uri, await readFile(file))
  for (const name of await readdir(file)) await copyOut(join(file, name), joinUri(uri, name), storage)
}

/** Where it is a path of its own, and not the beginning of a longer name. */
function replacePath(text: string, path: string, own: string): string {
  if (path.length < 2) return text
  return text.replace(new RegExp(`${path.replace(/[^\w/]/g, '\\$&')}(?![\\w.-])`, 'g'), () => own)
}
