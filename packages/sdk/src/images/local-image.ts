import { isImage, type Image } from './image.ts'

const told = new Set<string>()

const doings: Readonly<Record<string, string>> = { apt: 'packages of apt', files: 'files', commands: 'commands' }

/** Warns, once for an environment, of what its image has and a process of this machine does not get. */
export function warnOfImage({
  name,
  options: { image },
}: {
  readonly name: string
  readonly options: { readonly image?: Image | string | undefined }
}): void {
  if (!isImage(image) || told.has(name)) return
  const { layers, dockerfile } = image.recipe
  const missing = Object.entries(doings).flatMap(([kind, what]) =>
    layers.some((layer) => layer.kind === kind) ? [what] : [],
  )
  if (dockerfile !== undefined) missing.push(dockerfile.path)
  if (missing.length === 0) return
  told.add(name)
  const message = `the image of environment ${name} has ${missing.join(' and ')}; a local run uses what this machine has`
  process.emitWarning(message, 'TernImageWarning')
}
