import { existsSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type ts from 'typescript'
import { sdkVersion } from '../authoring/registry.ts'
import { DeriveCache, directoriesAbove, type Known } from './cache.ts'
import { mayDeriveTasks } from './candidates.ts'
import { type Compiler, findCompiler, loadCompiler } from './compiler.ts'
import { deriveFile, type DeriveProblem, type Insertion } from './derive-file.ts'
import { isOurPackage } from './known-types.ts'
import { ProgramFactory, type ProjectSettings, readSettings } from './project.ts'

const sdkDirectory = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/**
 * Writes the interfaces of tasks into the files that declare them, from the types of their functions. Files in which nothing
 * is to be found out are left alone, and the compiler stays where it is; so it does for files that have not changed.
 */
export class Deriver {
  readonly #cache = new DeriveCache(sdkVersion)
  /** By directory. */
  readonly #projects = new Map<string, Project>()
  /** By settings: folders with the same ones share what has been read. */
  readonly #factories = new Map<string, ProgramFactory>()
  #compiler: Compiler | undefined

  /** Whether the compiler had to be loaded. */
  get hasCompiled(): boolean {
    return this.#compiler !== undefined
  }

  /** Whether a file is one of a project: published packages have been built, and their interfaces with them. */
  isSource(file: string): boolean {
    return /\.(?:[cm]?ts|m?js|[jt]sx)$/.test(file) && !isInstalled(file) && !isOurs(file)
  }

  /**
   * @param file absolute
   * @throws FailedPreconditionError when there is no compiler, and one is needed
   */
  derive(file: string, text: string): Derived {
    const isCandidate = mayDeriveTasks(text, isJavaScript(file) && text.includes('@param'))
    if (!isCandidate) return { problems: [], code: undefined, dependencies: [] }
    const known = this.#cache.find(file, text)
    return known === undefined ? this.#compile(file, text) : toDerived(text, known)
  }

  #compile(file: string, text: string): Derived {
    this.#compiler ??= loadCompiler(findCompiler(dirname(file), sdkDirectory), file)
    const { factory, settings } = this.#projectOf(this.#compiler, file)
    const program = factory.make(file, text)
    const { problems, insertions } = deriveFile(this.#compiler, program, file)
    const dependencies = [...dependenciesOf(this.#compiler, program, file), ...settings.configFiles]
    const absent =
      settings.configFiles.length > 0 ? [] : directoriesAbove(file).map((directory) => join(directory, 'tsconfig.json'))
    const found = { dependencies, absent, insertions }
    if (problems.length > 0) return { ...toDerived(text, found), problems, code: undefined }
    this.#cache.store(file, text, found)
    return toDerived(text, found)
  }

  #projectOf(compiler: Compiler, file: string): Project {
    const directory = dirname(file)
    const known = this.#projects.get(directory)
    if (known !== undefined) return known
    const conditions = import.meta.url.endsWith('.ts') ? ['@tern/source'] : []
    const settings = readSettings(compiler, file, conditions)
    const key = JSON.stringify([settings.options, settings.ambientFiles])
    const factory = this.#factories.get(key) ?? new ProgramFactory(compiler, settings, sdkDirectory)
    this.#factories.set(key, factory)
    const project = { settings, factory }
    this.#projects.set(directory, project)
    return project
  }
}

/** What becomes of a file. */
export interface Derived {
  readonly problems: readonly DeriveProblem[]
  /** Other files of the project that it depends on. */
  readonly dependencies: readonly string[]
  /** The text with the interfaces in it, which has the same lines; undefined when there is nothing to add, or a problem. */
  readonly code: string | undefined
}

interface Project {
  readonly settings: ProjectSettings
  readonly factory: ProgramFactory
}

function toDerived(text: string, { insertions, dependencies }: Known): Derived {
  const watched = dependencies.filter((path) => !path.endsWith(`${sep}package.json`))
  return { problems: [], code: inserted(text, insertions), dependencies: watched }
}

// Folders such as node_modules/.cache hold what tools make, and no packages.
function isInstalled(file: string): boolean {
  return /[\\/]node_modules[\\/](?!\.)/.test(file)
}

function isOurs(file: string): boolean {
  return (
    !relative(join(sdkDirectory, 'src'), file).startsWith('..') ||
    !relative(join(sdkDirectory, 'dist'), file).startsWith('..')
  )
}

function isJavaScript(file: string): boolean {
  return /\.[cm]?jsx?$/.test(file)
}

// The files of an installed package change together with its version.
function dependenciesOf(compiler: Compiler, program: ts.Program, file: string): readonly string[] {
  const found = new Set<string>()
  for (const source of program.getSourceFiles()) {
    const { fileName } = source
    if (fileName === file || program.isSourceFileDefaultLibrary(source)) continue
    const isPackaged = isInstalled(fileName) || isOurPackage(fileName)
    found.add(isPackaged ? manifestOf(fileName) : fileName)
  }
  const compilerManifest = join(dirname(dirname(compiler.sys.getExecutingFilePath())), 'package.json')
  if (existsSync(compilerManifest)) found.add(compilerManifest)
  return [...found]
}

function manifestOf(file: string): string {
  const manifests = directoriesAbove(file).map((directory) => join(directory, 'package.json'))
  return manifests.find((manifest) => existsSync(manifest)) ?? file
}

function inserted(text: string, insertions: readonly Insertion[]): string | undefined {
  if (insertions.length === 0) return undefined
  let result = ''
  let from = 0
  for (const { at, text: added } of insertions.toSorted((a, b) => a.at - b.at)) {
    result += text.slice(from, at) + added
    from = at
  }
  return result + text.slice(from)
}
