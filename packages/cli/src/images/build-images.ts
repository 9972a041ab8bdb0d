import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  type BuildContext,
  bundleFile,
  type Image,
  isImage,
  loadBundle,
  readBuildContext,
  writeBuildContext,
} from '@tern/sdk/bundle'
import type { BuildOptions } from '../commands/build.ts'
import { suggest } from '../flags/suggest.ts'
import type { CliIo } from '../io.ts'
import { CommandError, UsageError } from '../usage-error.ts'

/** An image of an environment, as `-o json` shows it. */
export interface BuiltImageView {
  readonly environment: string
  /** Repository and tag. */
  readonly image: string
  readonly state: 'built' | 'pushed' | 'written' | 'planned'
  readonly dockerfile: string
  /** The folder that it is to be built from; null where nobody asked for it. */
  readonly context: string | null
}

export interface BuildRequest {
  readonly file: string
  readonly environment: string | undefined
  readonly options: BuildOptions
  readonly io: CliIo
}

/** Builds the images of the environments of a file, or writes what they are built from. */
export async function buildImages({ file, environment, options, io }: BuildRequest): Promise<BuiltImageView[]> {
  const bundle = await bundleFile(file, { workingDirectory: io.cwd })
  const { environments } = await loadBundle(bundle)
  const known = new Map(
    environments.flatMap(({ name, options: { image } }) => (isImage(image) ? [[name, image] as const] : [])),
  )
  const names = environment === undefined ? [...known.keys()] : [environment]
  const views: BuiltImageView[] = []
  for (const name of names) {
    const image = known.get(name) ?? missing(name, known, file)
    const context = await readBuildContext(image, bundle.root, name)
    const { image: built, ...done } = await buildOne(context, { name, root: bundle.root, options, io })
    views.push({ environment: name, image: built, dockerfile: context.dockerfile, ...done })
  }
  return views
}

export function buildText(images: readonly BuiltImageView[]): string {
  if (images.length === 0) return 'No environment of the file has an image that is made here.\n'
  return images.map(textOf).join('\n')
}

function textOf({ environment, image, state, dockerfile, context }: BuiltImageView): string {
  switch (state) {
    case 'planned':
      return `# ${environment}: ${image}\n${dockerfile}`
    case 'written':
      return `${environment}: docker build --tag ${image} ${context}\n`
    default:
      return `${environment}: ${state} ${image}\n`
  }
}

interface Build {
  readonly name: string
  readonly root: string
  readonly options: BuildOptions
  readonly io: CliIo
}

type Built = Pick<BuiltImageView, 'image' | 'state' | 'context'>

async function buildOne(context: BuildContext, { name, root, options, io }: Build): Promise<Built> {
  const image = context.name
  if (options.dryRun === true) return { image, state: 'planned', context: null }
  if (options.context !== undefined) {
    const folder = join(resolve(io.cwd, options.context), name)
    await writeBuildContext(context, root, folder)
    return { image, state: 'written', context: folder }
  }
  const folder = await mkdtemp(join(tmpdir(), 'tern-build-'))
  try {
    await writeBuildContext(context, root, folder)
    const platform = context.platform === undefined ? [] : ['--platform', context.platform]
    await docker(['build', '--tag', image, ...platform, folder], io)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  if (options.push !== true) return { image, state: 'built', context: null }
  await docker(['push', image], io)
  return { image, state: 'pushed', context: null }
}

/** What it prints goes to standard error: standard output is for results. */
async function docker(args: readonly string[], { stderr, env }: CliIo): Promise<void> {
  const child = spawn('docker', args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (text: string) => stderr.write(text))
  }
  const [code] = (await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new CommandError('there is no docker on this machine', {
      hint: 'Write what the image is built from with --context FOLDER, and build it elsewhere.',
    })
  })) as [number | null]
  if (code !== 0) throw new CommandError(`docker ${args[0]} ended with code ${code}`)
}

function missing(name: string, known: ReadonlyMap<string, Image>, file: string): never {
  const similar = suggest(name, [...known.keys()])
  const some = similar === undefined ? `There are: ${[...known.keys()].join(', ')}.` : `Did you mean ${similar}?`
  throw new UsageError(`${file} has no environment ${name} with an image that is made here`, {
    hint: known.size === 0 ? 'Give one an image, such as Image.node().withApt(…).' : some,
  })
}
