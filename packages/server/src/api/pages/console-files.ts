import { readdirSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join, relative, sep } from 'node:path'

/** A file of the web app, as it is sent. */
export interface ConsoleFile {
  readonly body: Uint8Array
  readonly type: string
  readonly encoding: 'br' | 'gzip' | undefined
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** Best first. */
const encodings = [
  { encoding: 'br', suffix: '.br' },
  { encoding: 'gzip', suffix: '.gz' },
] as const

/** The built files of @tern/console. */
export class ConsoleFiles {
  readonly #folder: string
  #paths: ReadonlySet<string> = new Set()
  #builtAt = 0

  /** @param folder defaults to where the package is installed */
  constructor(folder = join(dirname(createRequire(import.meta.url).resolve('@tern/console/package.json')), 'dist')) {
    this.#folder = folder
  }

  /** Undefined for a file that there is none of. What is not listed in the folder is never looked for on the disk. */
  async read(path: string, acceptEncoding: string): Promise<ConsoleFile | undefined> {
    const type = types[extname(path)]
    if (type === undefined || !this.#list().has(path)) return undefined
    const found = encodings.find(
      ({ encoding, suffix }) => accepts(acceptEncoding, encoding) && this.#list().has(path + suffix),
    )
    const body = await readFile(join(this.#folder, ...`${path}${found?.suffix ?? ''}`.split('/')))
    return { body, type, encoding: found?.encoding }
  }

  /** What was built last, which may be while the server runs. */
  #list(): ReadonlySet<string> {
    const builtAt = statSync(join(this.#folder, 'index.html'), { throwIfNoEntry: false })?.mtimeMs
    if (builtAt === undefined) return new Set()
    if (builtAt !== this.#builtAt) {
      this.#builtAt = builtAt
      this.#paths = new Set(
        readdirSync(this.#folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => relative(this.#folder, join(entry.parentPath, entry.name)).split(sep).join('/')),
      )
    }
    return this.#paths
  }
}

function accepts(header: string, encoding: string): boolean {
  return header.split(',').some((part) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim())
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0+)?$/.test(parameter))
  })
}
