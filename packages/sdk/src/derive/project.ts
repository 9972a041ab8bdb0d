import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type ts from 'typescript'
import type { Compiler } from './compiler.ts'
import { isOurPackage } from './known-types.ts'

/** The settings of the project that a file belongs to. */
export interface ProjectSettings {
  /** The `tsconfig.json` and those it extends; empty when there is none. */
  readonly configFiles: readonly string[]
  readonly options: ts.CompilerOptions
  /** Files that declare things everywhere. */
  readonly ambientFiles: readonly string[]
}

/** The settings that a file's editor goes by: the nearest `tsconfig.json`, or the one it refers to that has the file. */
export function readSettings(ts: Compiler, file: string, conditions: readonly string[]): ProjectSettings {
  const config = ts.findConfigFile(dirname(file), (path) => ts.sys.fileExists(path))
  const found = config === undefined ? undefined : readConfig(ts, config, file)
  const own = found === undefined ? defaultOptions(ts) : found.parsed.options
  const options: ts.CompilerOptions = { ...own, ...ourOptions }
  delete options.tsBuildInfoFile
  delete options.outDir
  if (conditions.length > 0) options.customConditions = [...(own.customConditions ?? []), ...conditions]
  const ambientFiles = (found?.parsed.fileNames ?? []).filter((name) => /\.d\.[cm]?ts$/.test(name))
  return { configFiles: found?.files ?? [], options, ambientFiles }
}

interface FoundConfig {
  readonly parsed: ts.ParsedCommandLine
  readonly files: readonly string[]
}

function readConfig(ts: Compiler, path: string, file: string, seen = new Set<string>()): FoundConfig {
  seen.add(path)
  const source = ts.readJsonConfigFile(path, (name) => ts.sys.readFile(name))
  const parsed = ts.parseJsonSourceFileConfigFileContent(source, ts.sys, dirname(path))
  const own: FoundConfig = { parsed, files: [path, ...(source.extendedSourceFiles ?? [])] }
  if (parsed.fileNames.includes(file)) return own
  for (const reference of parsed.projectReferences ?? []) {
    const other = ts.resolveProjectReferencePath(reference)
    if (seen.has(other) || !ts.sys.fileExists(other)) continue
    const found = readConfig(ts, other, file, seen)
    if (found.parsed.fileNames.includes(file)) return { parsed: found.parsed, files: [...own.files, ...found.files] }
  }
  return own
}

function defaultOptions(ts: Compiler): ts.CompilerOptions {
  return {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.esnext.d.ts'],
    types: [],
    strict: true,
  }
}

// Nothing is written, and nobody asks for complaints.
const ourOptions: ts.CompilerOptions = {
  noEmit: true,
  allowJs: true,
  skipLibCheck: true,
  composite: false,
  incremental: false,
  declaration: false,
  declarationMap: false,
  allowImportingTsExtensions: true,
}

// What the SDK is made of, the protocol above all, is four times what its own types are, and says nothing about tasks.
const ofOurTypes = /^(?:\.|@tern\/(?:sdk|core)$)/

interface ReadSource {
  readonly stamp: string
  readonly source: ts.SourceFile | undefined
}

// Another one once the file has changed, while somebody watches.
function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? '' : `${stat.mtimeMs}/${stat.size}`
}

/** Makes programs for files of one project, which share what they have read. */
export class ProgramFactory {
  readonly #ts: Compiler
  readonly #settings: ProjectSettings
  readonly #sources = new Map<string, ReadSource>()
  readonly #sdkDirectory: string

  constructor(ts: Compiler, settings: ProjectSettings, sdkDirectory: string) {
    this.#ts = ts
    this.#settings = settings
    this.#sdkDirectory = sdkDirectory
  }

  /** @param text of the file, which may be newer than what is on the disk */
  make(file: string, text: string): ts.Program {
    const { options, ambientFiles } = this.#settings
    return this.#ts.createProgram({ rootNames: [file, ...ambientFiles], options, host: this.#host(file, text) })
  }

  #host(file: string, text: string): ts.CompilerHost {
    const ts = this.#ts
    const { options } = this.#settings
    const host = ts.createCompilerHost(options, true)
    const canonical = (name: string) => host.getCanonicalFileName(name)
    const cache = ts.createModuleResolutionCache(host.getCurrentDirectory(), canonical, options)
    return {
      ...host,
      getSourceFile: (name, version) => {
        if (name === file) return ts.createSourceFile(name, text, version, true)
        const stamp = stampOf(name)
        const known = this.#sources.get(name)
        if (known?.stamp === stamp) return known.source
        const source = host.getSourceFile(name, version)
        this.#sources.set(name, { stamp, source })
        return source
      },
      resolveModuleNameLiterals: (literals, containing, redirected, settings, source) =>
        literals.map((literal) => {
          if (isOurPackage(containing) && !ofOurTypes.test(literal.text)) return { resolvedModule: undefined }
          const mode = ts.getModeForUsageLocation(source, literal, settings)
          const resolve = (from: string) =>
            ts.resolveModuleName(literal.text, from, settings, host, cache, redirected, mode)
          const found = resolve(containing)
          const isOurs = found.resolvedModule === undefined && /^(?:@tern\/sdk|zod)(?:$|\/)/.test(literal.text)
          // A file without a project around it gets the SDK that loads it, as the bundler does.
          return isOurs ? resolve(join(this.#sdkDirectory, 'index.ts')) : found
        }),
    }
  }
}
