import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { type BuildFailure, build, type Message, type OutputFile } from 'esbuild'
import { derivingPlugin } from '../derive/esbuild-plugin.ts'
import { codeHash } from './code-hash.ts'
import { BundleError, type BundleProblem, formatProblem } from './bundle-error.ts'
import { projectRootOf } from './project-root.ts'
import { rewriteSources } from './source-map.ts'
import { nativeAddons, optionalPeers, sdkConditions, sdkResolution } from './esbuild-plugins.ts'

/** The code of a file's tasks as one self-contained module. */
export interface CodeBundle {
  /** The module, with its source map at the end. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** SHA-256 of the bytes in hex: equal code has equal bundles. */
  readonly digest: string
  /** The name to store it under, `<digest>.mjs`. */
  readonly fileName: string
  /** The default version of its tasks: the first 16 characters of the digest. */
  readonly version: string
  /** The bundled file, absolute. */
  readonly file: string
  /** What paths in stack traces are relative to, absolute. */
  readonly root: string
  /** Stands for the code of the file and of what it imports, as far as it runs. */
  readonly codeHash: string
}

/** How a file is compiled into a code bundle. */
export interface BundleOptions {
  /** What paths in stack traces are relative to. Defaults to the working directory, or the file's package outside of it. */
  readonly root?: string
  readonly workingDirectory?: string
}

const entryName = '<tern>'

/**
 * Compiles a TypeScript or JavaScript file, with everything it imports, into one module.
 *
 * @param file relative to the working directory, or absolute
 * @throws BundleError when the file does not exist or does not compile, with every problem the compiler found
 */
export async function bundleFile(file: string, options: BundleOptions = {}): Promise<CodeBundle> {
  const workingDirectory = options.workingDirectory ?? process.cwd()
  const path = resolve(workingDirectory, file)
  await checkFile(path, file)
  const root =
    options.root === undefined ? projectRootOf(path, workingDirectory) : resolve(workingDirectory, options.root)
  const { bytes, codeHash: hash } = await compile(path, root)
  const digest = createHash('sha256').update(bytes).digest('hex')
  return { bytes, digest, fileName: `${digest}.mjs`, version: digest.slice(0, 16), file: path, root, codeHash: hash }
}

async function checkFile(path: string, given: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new BundleError(`${given} does not exist`, { hint: `Looked for ${path}.` })
  if (!found.isFile())
    throw new BundleError(`${given} is not a file`, { hint: 'Name the file that declares the tasks.' })
}

interface Compiled {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly codeHash: string
}

async function compile(path: string, root: string): Promise<Compiled> {
  try {
    const result = await build({
      stdin: { contents: entryFor(path), resolveDir: dirname(path), sourcefile: entryName, loader: 'js' },
      absWorkingDir: root,
      outfile: 'bundle.mjs',
      write: false,
      metafile: true,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node22',
      sourcemap: 'external',
      sourcesContent: false,
      // Comments name files by paths that differ from machine to machine; without them equal code has equal bytes.
      minifyWhitespace: true,
      lineLimit: 200,
      legalComments: 'none',
      charset: 'utf8',
      logLevel: 'silent',
      banner: { js: banner },
      define: { 'import.meta.main': 'false', TERN_BUNDLE: 'true' },
      loader: { '.csv': 'text', '.txt': 'text', '.md': 'text', '.sql': 'text' },
      conditions: sdkConditions(),
      plugins: [derivingPlugin(/\.[cm]?jsx?$/.test(path)), sdkResolution(), optionalPeers(), nativeAddons()],
    })
    const hash = await codeHash(result.metafile, path, root)
    return { bytes: withSourceMap(result.outputFiles, root, hash), codeHash: hash }
  } catch (error) {
    throw isBuildFailure(error) ? toBundleError(error, path) : error
  }
}

// The SDK comes first, so that it sees the process before any module of the user does.
function entryFor(path: string): string {
  return [
    `import { defineBundle } from '@tern/sdk/worker'`,
    `import * as moduleExports from ${JSON.stringify(`./${basename(path)}`)}`,
    `export const tern = defineBundle(import.meta.url, moduleExports, ternCodeHash)`,
  ].join('\n')
}

// CommonJS packages inside the bundle ask for Node's modules with `require`. What the code's hash is, is known when it is there.
const noHash = '0'.repeat(64)
const banner = `import { createRequire as ternCreateRequire } from 'node:module'; globalThis.require ??= ternCreateRequire(import.meta.url); const ternCodeHash = "${noHash}";`

function withSourceMap(files: readonly OutputFile[], root: string, hash: string): Uint8Array<ArrayBuffer> {
  const code = files.find(({ path }) => path.endsWith('.mjs'))
  const map = files.find(({ path }) => path.endsWith('.map'))
  if (code === undefined || map === undefined) throw new Error('esbuild gave no output')
  const encoded = Buffer.from(rewriteSources(map.text, root)).toString('base64')
  const text = `${code.text.replace(noHash, hash).trimEnd()}\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`
  return new Uint8Array(Buffer.from(text))
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}

function toBundleError(failure: BuildFailure, path: string): BundleError {
  const problems = failure.errors.map(toProblem)
  const list = problems.map((problem) => `\n  ${formatProblem(problem)}`).join('')
  return new BundleError(`${basename(path)} does not compile:${list}`, { problems, cause: failure })
}

// esbuild explains its own options, which nobody here can set, and plugins, which nobody here has asked for.
function isUseful(note: string): boolean {
  return !note.startsWith('You can mark the path') && !note.startsWith('The plugin "tern-')
}

function toProblem({ text, location, notes }: Message): BundleProblem {
  const message = [text, ...notes.map((note) => note.text).filter(isUseful)].join(' ')
  // What a plugin says of a file is told as if it were about the import of it.
  if (location === null || location.file === entryName) return { message }
  return { message, file: location.file, line: location.line, column: location.column + 1 }
}
