import type { ServerOptions } from '@tern/server'
import { InvalidArgumentError } from 'commander'

type Images = NonNullable<ServerOptions['images']>

/** Reads `PATTERN=PYTHON`, or several with commas between them, and adds them to those before. */
export function parseImages(text: string, previous: unknown): Images {
  return [...((previous as Images | undefined) ?? []), ...text.split(',').map((part) => toMapping(part.trim()))]
}

function toMapping(text: string): Images[number] {
  const [, image, python] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (image === undefined || python === undefined) {
    throw new InvalidArgumentError('It must be PATTERN=PYTHON, such as registry/team/*=/opt/venvs/team.')
  }
  return { image: image.trim(), python: python.trim() }
}
