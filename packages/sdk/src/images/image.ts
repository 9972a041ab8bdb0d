import { checkKeys, checkText, checkTexts, invalid, isRecord } from '../authoring/check-values.ts'

/** One step of an image, on top of those before it. */
export type ImageLayer =
  | { readonly kind: 'apt'; readonly packages: readonly string[] }
  | { readonly kind: 'project'; readonly folder: string; readonly manager: 'npm' | 'pnpm'; readonly dev: boolean }
  | { readonly kind: 'packages'; readonly packages: readonly string[] }
  | { readonly kind: 'files'; readonly source: string; readonly target: string }
  | { readonly kind: 'commands'; readonly commands: readonly string[] }
  | { readonly kind: 'env'; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: 'workdir'; readonly path: string }

/** What all images can be given. */
export interface ContainerImageOptions {
  /** Where it is pushed to: `ghcr.io/team`. Defaults to nowhere: it stays where it is built. */
  readonly registry?: string | undefined
  /** Defaults to the name of the environment. */
  readonly name?: string | undefined
  /** What it is for: `linux/amd64`. Defaults to the platform of whoever builds it. */
  readonly platform?: string | undefined
}

/** What an image is made of. */
export interface ImageRecipe extends ContainerImageOptions {
  /** The image that it begins with; absent for a Dockerfile. */
  readonly base?: string | undefined
  /** A Dockerfile instead, and what it copies; paths within the project. */
  readonly dockerfile?: { readonly path: string; readonly files: readonly string[] } | undefined
  readonly layers: readonly ImageLayer[]
}

const optionKeys = new Set(['registry', 'name', 'platform'])
const reference = /^[a-z0-9][\w.-]*(?::\d+)?(?:\/[\w.-]+)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/i
const aptPackage = /^[a-z0-9][a-z0-9+.-]*(?::[a-z0-9]+)?(?:=[\w.+~:-]+)?$/
const npmPackage = /^(?:@[\w.~-]+\/)?[\w.~-]+(?:@[\w.^~<>=|* -]+)?$/
const variable = /^[A-Za-z_]\w*$/
const usualNode = 24
// A process of this SDK, of whichever copy: a bundle and the program that loads it have one each.
const brand: unique symbol = Symbol.for('tern.image') as never

/**
 * What the processes of an environment find on their machine, where they run in containers: an image, put together layer by layer.
 * Each `with…` gives another image and leaves this one as it is. Paths are relative to the project: the folder that
 * `tern` is called in or, for a file elsewhere, that of the nearest `package.json`.
 *
 *     const image = Image.node().withApt('ffmpeg').withProject('.').withEnv({ NODE_ENV: 'production' })
 *     const env = new TaskEnvironment({ name: 'video', image })
 *
 * Its name has a hash of all that goes into it. `tern build FILE` builds it.
 *
 * Each method throws InvalidArgumentError naming what is wrong.
 */
export class Image {
  readonly recipe: ImageRecipe
  readonly [brand] = true

  private constructor(recipe: ImageRecipe) {
    this.recipe = recipe
  }

  /** Node on a small Debian. */
  static node(
    options: ContainerImageOptions & { /** Defaults to 24. */ readonly version?: number | string } = {},
  ): Image {
    const { version = usualNode, ...rest } = options
    if (!/^\d+(?:\.\d+){0,2}$/.test(String(version))) {
      throw invalid('image.version', `image: ${JSON.stringify(version)} is no version of Node`)
    }
    return Image.from(`node:${version}-bookworm-slim`, rest)
  }

  /** Another image to begin with. */
  static from(base: string, options: ContainerImageOptions = {}): Image {
    if (typeof base !== 'string' || !reference.test(base)) {
      throw invalid('image.base', `image: ${JSON.stringify(base)} is no name of an image`)
    }
    return new Image({ ...checkOptions(options), base, layers: [] })
  }

  /**
   * A Dockerfile of your own, to which no layers can be added.
   *
   * @param path of the Dockerfile, within the project
   */
  static fromDockerfile(
    path: string,
    options: ContainerImageOptions & {
      /** Files and folders that it copies. */ readonly files?: readonly string[]
    } = {},
  ): Image {
    const { files = [], ...rest } = options
    for (const each of [path, ...files]) checkPath(each, 'a Dockerfile')
    return new Image({ ...checkOptions(rest), dockerfile: { path, files: [...files] }, layers: [] })
  }

  /** Packages of Debian or Ubuntu: `'ffmpeg'`, `'libpq5=15.8-0+deb12u1'`. */
  withApt(...packages: readonly string[]): Image {
    for (const name of packages) {
      if (!aptPackage.test(name)) throw invalid('image.apt', `image: ${JSON.stringify(name)} is no package of apt`)
    }
    return this.with({ kind: 'apt', packages: packages.toSorted() })
  }

  /**
   * The dependencies of a project, as its lock file has them: `package-lock.json`, or `pnpm-lock.yaml` for pnpm.
   *
   * @param folder of its `package.json`, within the project; defaults to the project itself
   */
  withProject(
    folder = '.',
    {
      manager = 'npm',
      dev = false,
    }: { readonly manager?: 'npm' | 'pnpm' /** Development ones, too. */; readonly dev?: boolean } = {},
  ): Image {
    checkPath(folder, 'a project')
    if (manager !== 'npm' && manager !== 'pnpm') {
      throw invalid('image.manager', `image: manager ${JSON.stringify(manager)} must be 'npm' or 'pnpm'`)
    }
    return this.with({ kind: 'project', folder, manager, dev })
  }

  /** Packages of npm, without a project: `'sharp@0.34.1'`. */
  withPackages(...packages: readonly string[]): Image {
    for (const name of packages) {
      if (!npmPackage.test(name)) throw invalid('image.packages', `image: ${JSON.stringify(name)} is no package of npm`)
    }
    return this.with({ kind: 'packages', packages: [...packages] })
  }

  /** A file or a folder of the project. */
  withFiles(source: string, target: string): Image {
    checkPath(source, 'a file')
    if (typeof target !== 'string' || target === '')
      throw invalid('image.files', 'image: files need a place in the image')
    return this.with({ kind: 'files', source, target })
  }

  /** What a shell is to do when the image is built. */
  withCommands(...commands: readonly string[]): Image {
    for (const command of commands) {
      checkText(command, 'image: a command')
      if (command.trim() === '' || command.includes('\0')) throw invalid('image.commands', 'image: a command is empty')
    }
    return this.with({ kind: 'commands', commands: [...commands] })
  }

  /** Environment variables. Those of the environment's `envVars` win. Where there are no containers, processes have them, too. */
  withEnv(variables: Readonly<Record<string, string>>): Image {
    checkTexts(variables, 'image.env')
    const wrong = Object.keys(variables).find((name) => !variable.test(name))
    if (wrong !== undefined) throw invalid('image.env', `image: ${JSON.stringify(wrong)} is no name of a variable`)
    const long = Object.entries(variables).find(([, value]) => /[\n\r\0]/.test(value))
    if (long !== undefined)
      throw invalid('image.env', `image: ${long[0]} has more than a line, which images cannot keep`)
    return this.with({ kind: 'env', variables: { ...variables } })
  }

  /** The folder that later layers, and the processes, begin in. */
  withWorkdir(path: string): Image {
    if (typeof path !== 'string' || !/^\/[\w./-]*$/.test(path)) {
      throw invalid('image.workdir', `image: workdir ${JSON.stringify(path)} must be a plain path that begins with /`)
    }
    return this.with({ kind: 'workdir', path })
  }

  private with(layer: ImageLayer): Image {
    if (this.recipe.dockerfile !== undefined) {
      throw invalid('image', `image: ${this.recipe.dockerfile.path} says all of it: no layers can be added`)
    }
    return new Image({ ...this.recipe, layers: [...this.recipe.layers, layer] })
  }
}

/** Whether a value is an image of this copy of the SDK or another. */
export function isImage(value: unknown): value is Image {
  return isRecord(value) && brand in value
}

/** The variables that an image sets. */
export function imageVariables(image: Image | string | undefined): Readonly<Record<string, string>> {
  if (!isImage(image)) return {}
  return Object.assign({}, ...image.recipe.layers.map((layer) => (layer.kind === 'env' ? layer.variables : {})))
}

/** What an image is called where nobody has looked at its files: without a tag, if it is made here. */
export function imageName(image: Image | string | undefined, environment: string): string | undefined {
  if (!isImage(image)) return image
  const { registry, name = environment } = image.recipe
  return registry === undefined ? name : `${registry}/${name}`
}

/** @throws InvalidArgumentError when a given value is no image */
export function checkImage(value: unknown): void {
  if (value === undefined || isImage(value) || typeof value === 'string') return
  throw invalid('image', `image must be the name of an image, or what Image.from(…) makes`)
}

function checkOptions(options: ContainerImageOptions): ContainerImageOptions {
  checkKeys(options, optionKeys, 'image')
  const { registry, name, platform } = options
  for (const [what, value] of Object.entries({ registry, name })) {
    if (
      value === undefined ||
      (typeof value === 'string' && /^[a-z0-9][\w.-]*(?::\d+)?(?:\/[a-z0-9][\w.-]*)*$/.test(value))
    )
      continue
    throw invalid(`image.${what}`, `image: ${what} ${JSON.stringify(value)} is none`)
  }
  if (platform !== undefined && !/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/.test(platform)) {
    throw invalid('image.platform', `image: platform ${JSON.stringify(platform)} is none, such as linux/amd64`)
  }
  return options
}

/** A path that stays within the project. */
function checkPath(path: string, what: string): void {
  const isWithin =
    typeof path === 'string' && path !== '' && !path.startsWith('/') && !path.split(/[\\/]/).includes('..')
  if (!isWithin) throw invalid('image', `image: ${what} at ${JSON.stringify(path)} is not within the project`)
}
