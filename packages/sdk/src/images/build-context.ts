import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InvalidArgumentError } from '@tern/core'
import { contextPath, projectFiles, renderDockerfile } from './dockerfile.ts'
import { type Image, type ImageRecipe, isImage } from './image.ts'

/** What an image is built from. */
export interface BuildContext {
  /** Repository and tag; the tag is a hash of all that goes into it. */
  readonly name: string
  readonly dockerfile: string
  /** Files and folders of the project that it copies, by where the context has them. */
  readonly files: readonly string[]
  readonly platform: string | undefined
}

const tagLength = 16

/**
 * Reads what goes into an image.
 *
 * @param root the folder of the project
 * @param environment names the image that has no name of its own
 * @throws InvalidArgumentError naming a file that is not there
 */
export async function readBuildContext({ recipe }: Image, root: string, environment: string): Promise<BuildContext> {
  const dockerfile =
    recipe.dockerfile === undefined
      ? renderDockerfile(recipe)
      : (await read(root, recipe.dockerfile.path)).toString('utf8')
  const files = [...new Set(filesOf(recipe))].toSorted()
  const hash = createHash('sha256').update(JSON.stringify([dockerfile, recipe.platform ?? '']))
  for (const file of files) await hashPath(hash, root, file)
  const { registry, name = environment } = recipe
  const repository = registry === undefined ? name : `${registry}/${name}`
  const tag = hash.digest('hex').slice(0, tagLength)
  return { name: `${repository}:${tag}`, dockerfile, files, platform: recipe.platform }
}

/** Writes the folder that a builder of images is given, with the Dockerfile in it. The folder may be there. */
export async function writeBuildContext(
  { dockerfile, files }: BuildContext,
  root: string,
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const file of files) {
    const target = join(folder, file)
    await mkdir(dirname(target), { recursive: true })
    await cp(join(root, file), target, { recursive: true, filter: (source) => !isLeftOut(source) })
  }
  await writeFile(join(folder, 'Dockerfile'), dockerfile)
}

/** The images of environments, by environment: of those that are made here. */
export async function compileImages(
  environments: Iterable<{ readonly name: string; readonly options: { readonly image?: Image | string | undefined } }>,
  root: string,
): Promise<Readonly<Record<string, string>>> {
  const compiled: Record<string, string> = {}
  for (const { name, options } of environments) {
    if (isImage(options.image)) compiled[name] = (await readBuildContext(options.image, root, name)).name
  }
  return compiled
}

function filesOf({ layers, dockerfile }: ImageRecipe): string[] {
  const copied = layers.flatMap((layer) => {
    if (layer.kind === 'project') return projectFiles(layer)
    return layer.kind === 'files' ? [contextPath(layer.source)] : []
  })
  return [...copied, ...(dockerfile?.files ?? []).map(contextPath)]
}

async function hashPath(hash: ReturnType<typeof createHash>, root: string, path: string): Promise<void> {
  const info = await stat(join(root, path)).catch(() => undefined)
  if (info === undefined) throw missing(root, path)
  if (!info.isDirectory()) {
    const content = createHash('sha256')
      .update(await read(root, path))
      .digest('hex')
    hash.update(JSON.stringify([path, content, (info.mode & 0o100) !== 0]))
    return
  }
  for (const name of (await readdir(join(root, path))).toSorted()) {
    if (!isLeftOut(name)) await hashPath(hash, root, contextPath(`${path}/${name}`))
  }
}

// Installed by the image, or of no use in it.
const leftOut = new Set(['node_modules', '.git'])

function isLeftOut(path: string): boolean {
  return leftOut.has(path.split(/[\\/]/).at(-1) ?? '')
}

async function read(root: string, path: string): Promise<Buffer> {
  try {
    return await readFile(join(root, path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missing(root, path)
    throw error
  }
}

function missing(root: string, path: string): InvalidArgumentError {
  return new InvalidArgumentError(`the image needs ${path}, which is not in ${root}`, {
    field: 'image',
    hint: 'Paths of images are relative to the folder of the project. A lock file is made by npm install, or pnpm install.',
  })
}
