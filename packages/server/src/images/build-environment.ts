import { join } from 'node:path'
import type { ImageSpec, Layer } from '@tern/idl/imagebuilder'
import { CopiedFiles } from './copied-files.ts'
import { explainFailure } from './explain-failure.ts'
import { findVersion } from './find-version.ts'
import { onPath } from './find-python.ts'
import { type Installer, installerFor } from './installer.ts'
import { installerEnv } from './installer-env.ts'
import { EnvironmentError } from './environment-error.ts'
import { type LayerSecrets, optionArgs, secretsOf } from './layer-options.ts'
import type { MachinePython } from './machine-python.ts'
import type { PythonFacts } from './probe-python.ts'
import { runCommand } from './run-command.ts'
import { shellWords } from './shell-words.ts'

/** What an environment is made of. */
export interface Recipe {
  readonly spec: ImageSpec
  /** Archive of the files that the layers name; null for none. */
  readonly context: Uint8Array | null
}

export interface BuildOptions {
  /** Where everything of the environment goes: a folder that is there, and empty. */
  readonly folder: string
  readonly machine: MachinePython
  readonly secrets: LayerSecrets
  readonly signal: AbortSignal
  readonly onLog: (line: string) => void
}

/** What was built. */
export interface BuiltEnvironment {
  /** Variables that the image sets. */
  readonly env: Readonly<Record<string, string>>
  readonly hasFiles: boolean
}

/** Parts of an environment's folder. */
export const parts = { venv: 'venv', files: 'files', context: 'context', tools: 'tools' } as const

// Tern sets them itself, for the environment that it builds.
const ownVariables = new Set(['PATH', 'VIRTUAL_ENV', 'VIRTUALENV', 'UV_PYTHON', 'PIXI_PROJECT_MANIFEST'])

/**
 * Builds an environment, layer after layer.
 *
 * @throws EnvironmentError when it cannot be built, the signal's reason when nobody waits for it any more
 */
export async function buildEnvironment(recipe: Recipe, options: BuildOptions): Promise<BuiltEnvironment> {
  const base = await choosePython(recipe.spec.pythonVersion, options)
  const installer = await installerFor(join(options.folder, parts.venv), base.executable)
  return await new EnvironmentBuild(recipe, base, installer, options).run()
}

type Variables = Readonly<Record<string, string>>

interface CommandOptions {
  readonly secrets?: Variables
  readonly cwd?: string
  readonly isShown?: boolean
}

class EnvironmentBuild {
  readonly #recipe: Recipe
  readonly #base: PythonFacts
  readonly #installer: Installer
  readonly #options: BuildOptions
  readonly #copied: CopiedFiles
  readonly #venv: string
  readonly #context: string
  #env: Record<string, string> = {}

  constructor(recipe: Recipe, base: PythonFacts, installer: Installer, options: BuildOptions) {
    this.#recipe = recipe
    this.#base = base
    this.#installer = installer
    this.#options = options
    this.#venv = join(options.folder, parts.venv)
    this.#context = join(options.folder, parts.context)
    this.#copied = new CopiedFiles(this.#context, join(options.folder, parts.files), options.onLog)
  }

  async run(): Promise<BuiltEnvironment> {
    const { spec } = this.#recipe
    await this.#unpack()
    await this.#command('the environment', this.#installer.create)
    const flyte = flyteVersionOf(spec.baseImage)
    if (flyte !== undefined) await this.#install('the base image', [`flyte==${flyte}`])
    for (const layer of spec.layers) await this.#add(layer)
    await this.#requireFlyte()
    return { env: this.#env, hasFiles: await this.#copied.finish() }
  }

  async #unpack(): Promise<void> {
    const { context } = this.#recipe
    if (context === null) return
    const run = (args: ReadonlyArray<string>) =>
      this.#command('the files of the image', [this.#base.executable, ...args], { isShown: false })
    await this.#copied.unpack(context, run)
  }

  async #add({ layer }: Layer): Promise<void> {
    const { onLog } = this.#options
    switch (layer.case) {
      case 'pipPackages': {
        const secrets = this.#secrets(layer.value)
        const args = [...optionArgs(layer.value.options, secrets), ...layer.value.packages]
        if (layer.value.packages.length > 0) await this.#install('the packages', args, secrets)
        return
      }
      case 'requirements': {
        const secrets = this.#secrets(layer.value)
        const file = await this.#copied.inContext(layer.value.file)
        return await this.#install(
          'the requirements',
          [...optionArgs(layer.value.options, secrets), '-r', file],
          secrets,
        )
      }
      case 'pythonWheels': {
        const { dir, packageName, options } = layer.value
        const secrets = this.#secrets(layer.value)
        const args = [...optionArgs(options, secrets), '--find-links', await this.#copied.inContext(dir)]
        await this.#install('the wheels', [...args, packageName], secrets)
        // Then the wheel itself, should an index have a later one.
        const only = ['--no-deps', '--no-index', this.#installer.reinstall]
        return await this.#install('the wheels', [...args, ...only, packageName], secrets)
      }
      case 'uvProject': {
        const { pyproject, uvlock, options } = layer.value
        const project = await this.#copied.project(pyproject, uvlock, 'uv.lock')
        const secrets = this.#secrets(layer.value)
        const uv = await this.#tool('uv')
        // What is installed in place would be gone with the project's folder.
        const sync = [uv, 'sync', '--active', '--inexact', '--no-editable', ...optionArgs(options, secrets)]
        return await this.#command('the uv project', sync, { secrets, cwd: project })
      }
      case 'poetryProject': {
        const { pyproject, poetryLock, extraArgs } = layer.value
        const project = await this.#copied.project(pyproject, poetryLock, 'poetry.lock')
        const poetry = await this.#tool('poetry')
        const install = [poetry, 'install', '--no-interaction', ...shellWords(extraArgs)]
        return await this.#command('the poetry project', install, { secrets: this.#secrets(layer.value), cwd: project })
      }
      case 'copyConfig':
        return await this.#copied.copy(layer.value.src, layer.value.dst)
      case 'workdir':
        return this.#copied.setWorkingDir(layer.value.workdir)
      case 'env':
        return this.#setVariables(layer.value.envVariables)
      case 'aptPackages':
        return onLog(
          `warning: these packages of the operating system are not installed, and have to be on this machine: ${layer.value.packages.join(' ')}`,
        )
      case 'commands':
        for (const command of layer.value.cmd) onLog(`warning: this command of the image is not run: ${command}`)
        return
      default:
        throw new EnvironmentError(`the image has a layer that this version of Tern does not know: ${layer.case}`)
    }
  }

  #setVariables(variables: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(variables)) {
      if (ownVariables.has(name)) this.#options.onLog(`warning: ${name} of the image is left out: Tern sets it`)
      else this.#env[name] = value
    }
  }

  /** Without Flyte's package no task of it starts. */
  async #requireFlyte(): Promise<void> {
    const { machine, onLog } = this.#options
    const { flyteVersion } = await machine.probe.ask(join(this.#venv, 'bin', 'python'))
    if (flyteVersion !== null) return
    const version = (await machine.facts())?.flyteVersion
    onLog('warning: neither the base image nor a layer brings the package flyte, as far as Tern can tell: adding it')
    await this.#install('Flyte', [version ? `flyte==${version}` : 'flyte'])
  }

  #secrets(layer: Parameters<typeof secretsOf>[0]): Record<string, string> {
    return secretsOf(layer, this.#options.secrets)
  }

  /** The path of what a layer needs beside packages: the machine's own, or one that is there for this build only. */
  async #tool(name: 'uv' | 'poetry'): Promise<string> {
    const own = onPath(name, process.env['PATH'])
    if (own !== undefined) return own
    const folder = join(this.#options.folder, parts.tools, name)
    const installer = await installerFor(folder, this.#base.executable)
    await this.#command(name, installer.create)
    await this.#command(name, installer.install([name]))
    return join(folder, 'bin', name)
  }

  async #install(what: string, args: ReadonlyArray<string>, secrets: Variables = {}) {
    await this.#command(what, this.#installer.install(args), { secrets })
  }

  /** @throws EnvironmentError with the end of its output, when it does not end well */
  async #command(
    what: string,
    argv: ReadonlyArray<string>,
    { secrets = {}, cwd = this.#options.folder, isShown = true }: CommandOptions = {},
  ): Promise<void> {
    const { signal, onLog } = this.#options
    const hidden = Object.values(secrets).flatMap(textsOf)
    const hide = (line: string) => hidden.reduce((text, value) => text.replaceAll(value, '***'), line)
    if (isShown) onLog(hide(`$ ${argv.join(' ')}`))
    const env = { ...installerEnv(), ...this.#env, ...secrets, VIRTUAL_ENV: this.#venv }
    const { code, lines } = await runCommand(argv, { env, cwd, signal, onLine: (line) => onLog(hide(line)) })
    if (code === 0) return
    const { reason, isTransient } = explainFailure(lines)
    throw new EnvironmentError(`${what}: ${hide(reason)}`, { isTransient, lines: lines.map(hide) })
  }
}

async function choosePython(version: string, { machine, onLog }: BuildOptions): Promise<PythonFacts> {
  const preferred = await machine.facts()
  if (preferred !== undefined && (version === '' || preferred.version.startsWith(`${version}.`))) return preferred
  const found = await findVersion(version, machine.probe)
  if (found !== undefined) return found
  if (preferred === undefined) {
    throw new EnvironmentError(`there is no Python ${version} on this machine, nor any other`, {
      hint: 'Install one, or name it with tern start --python.',
    })
  }
  onLog(
    `warning: there is no Python ${version} on this machine (looked for python${version} on the PATH, and asked pyenv and uv): taking ${preferred.version}`,
  )
  return preferred
}

// Shorter lines of a secret, such as a bracket, say nothing, and are in many texts.
const shortestHidden = 8

/** What gives a secret away: all of it, and its lines, which are what commands print. */
function textsOf(secret: string): string[] {
  const lines = secret.split('\n').map((line) => line.trim())
  return [secret, secret.trim(), ...lines.filter((line) => line.length >= shortestHidden)].filter((text) => text !== '')
}

/** The version of Flyte's package in an image that Flyte publishes. */
function flyteVersionOf(image: string): string | undefined {
  return /(?:^|\/)flyte:py\d+\.\d+-v?(\d[\w.-]*)$/.exec(image)?.[1]?.replace('-', '+')
}
