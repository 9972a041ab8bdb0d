import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  DataValidationError,
  jsonToLiteral,
  literalToJson,
  parseText,
  type TaskFailure,
  toTaskFailure,
} from '@tern/core'
import { joinUri, type Storage } from '@tern/core/storage'
import { BlobType_BlobDimensionality, type Literal, type LiteralType, SimpleType } from '@tern/idl/core'
import { type Inputs, InputsSchema, OutputsSchema, TaskSpecSchema } from '@tern/idl/task'
import type { Attempt } from '../executor.ts'
import type { AttemptPaths } from './paths.ts'

export interface ContainerDataParts {
  readonly attempt: Attempt
  readonly paths: AttemptPaths
  readonly storage: Storage
}

/** Folders of a container task that has its inputs as files, and leaves its outputs as files. */
interface DataFolders {
  /** What the task calls them, e.g. `/var/inputs`. */
  readonly inputPath: string
  readonly outputPath: string
  readonly outputs: ReadonlyArray<readonly [name: string, type: LiteralType]>
}

/**
 * Inputs and outputs of a container task in any language, as Flyte's copilot hands them over: each input is a file of its
 * name, and so is each output. The folders are the attempt's own; where the command names the usual ones, it gets these.
 */
export class ContainerData {
  readonly #parts: ContainerDataParts
  readonly #folders: DataFolders
  readonly #values: ReadonlyMap<string, string>

  private constructor(parts: ContainerDataParts, folders: DataFolders, values: ReadonlyMap<string, string>) {
    this.#parts = parts
    this.#folders = folders
    this.#values = values
  }

  /** Writes the inputs. Null for tasks that are not of this kind. */
  static async stage(parts: ContainerDataParts): Promise<ContainerData | null> {
    const { attempt, paths, storage } = parts
    const folders = foldersOf(attempt)
    if (folders === null) return null
    await mkdir(inputsIn(paths), { recursive: true })
    await mkdir(outputsIn(paths), { recursive: true })
    const inputs = await readInputs(attempt, storage)
    const values = new Map<string, string>()
    for (const { name, value } of inputs.literals) {
      if (value !== undefined) values.set(name, await stageInput(value, join(inputsIn(paths), name), storage))
    }
    await writeFile(join(inputsIn(paths), 'inputs.pb'), toBinary(InputsSchema, inputs))
    await writeFile(join(inputsIn(paths), 'inputs.json'), JSON.stringify(Object.fromEntries(values)))
    return new ContainerData(parts, folders, values)
  }

  /** Part of a command, with the values and the places of the inputs. */
  render(text: string): string {
    const { paths } = this.#parts
    const withValues = text.replace(
      /\{\{\s*[.$]inputs\.(\w+)\s*\}\}/gi,
      (all, name: string) => this.#values.get(name) ?? all,
    )
    const withInputs = replacePath(withValues, this.#folders.inputPath, inputsIn(paths))
    return replacePath(withInputs, this.#folders.outputPath, outputsIn(paths))
  }

  /** Makes an `outputs.pb` of the files that the task left. Resolves to what is wrong with them, if anything is. */
  async collect(): Promise<TaskFailure | undefined> {
    const { paths, storage } = this.#parts
    try {
      const literals = []
      for (const [name, type] of this.#folders.outputs)
        literals.push({ name, value: await this.#collectOutput(name, type) })
      const bytes = toBinary(OutputsSchema, create(OutputsSchema, { literals }))
      await storage.write(`${paths.outputPrefix}/outputs.pb`, bytes)
      return undefined
    } catch (error) {
      return { ...toTaskFailure(error), stack: undefined }
    }
  }

  async #collectOutput(name: string, type: LiteralType): Promise<Literal> {
    const { paths, storage } = this.#parts
    const file = join(outputsIn(paths), name)
    if (!existsSync(file)) {
      const place = `${this.#folders.outputPath}/${name}`
      throw new DataValidationError(`the task left no output ${name}: it is to be in the file ${place}`, { path: name })
    }
    if (type.type.case === 'blob') {
      const uri = joinUri(paths.rawOutputDataPrefix, name)
      await copyOut(file, uri, storage)
      return jsonToLiteral(uri, type, name)
    }
    const text = await readFile(file, 'utf8')
    const isText = type.type.case === 'simple' && type.type.value === SimpleType.STRING
    return parseText(isText ? text : text.trim(), type, name)
  }
}

function inputsIn({ workingDir }: AttemptPaths): string {
  return join(workingDir, 'inputs')
}

function outputsIn({ workingDir }: AttemptPaths): string {
  return join(workingDir, 'outputs')
}

function foldersOf({ spec }: Attempt): DataFolders | null {
  if (spec.taskType !== 'raw-container') return null
  const template = fromBinary(TaskSpecSchema, spec.bytes).taskTemplate
  const config = template?.target.case === 'container' ? template.target.value.dataConfig : undefined
  if (config?.enabled !== true) return null
  const outputs = template?.interface?.outputs?.variables ?? []
  return {
    inputPath: config.inputPath || '/var/flyte/inputs',
    outputPath: config.outputPath || '/var/flyte/outputs',
    outputs: outputs.flatMap(({ key, value }) => (value?.type === undefined ? [] : [[key, value.type] as const])),
  }
}

async function readInputs({ inputs }: Attempt, storage: Storage): Promise<Inputs> {
  return fromBinary(InputsSchema, 'bytes' in inputs ? inputs.bytes : await storage.read(inputs.uri))
}

/** Returns what stands for it in the command. */
async function stageInput(value: Literal, file: string, storage: Storage): Promise<string> {
  const scalar = value.value.case === 'scalar' ? value.value.value.value : undefined
  if (scalar?.case === 'blob') {
    await copyIn(scalar.value, file, storage)
    return file
  }
  const json = literalToJson(value)
  const text = json === null ? '' : typeof json === 'object' ? JSON.stringify(json) : String(json)
  await writeFile(file, text)
  return text
}

type Blob = Extract<
  NonNullable<Extract<Literal['value'], { case: 'scalar' }>['value']['value']>,
  { case: 'blob' }
>['value']

async function copyIn({ uri, metadata }: Blob, file: string, storage: Storage): Promise<void> {
  if (isAbsolute(uri)) return cp(uri, file, { recursive: true })
  if (metadata?.type?.dimensionality !== BlobType_BlobDimensionality.MULTIPART) return fetchTo(uri, file, storage)
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
