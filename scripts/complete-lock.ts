import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Native tools come as one optional package per platform. Where a registry does not serve the packages of other
// platforms, npm leaves them out of package-lock.json, and `npm ci` then refuses the lock everywhere. This adds the
// entries that are missing, from what the tools' own entries ask for. Run it after a change of dependencies.

interface LockEntry {
  version?: string
  cpu?: string[]
  dev?: boolean
  libc?: string[]
  optional?: boolean
  optionalDependencies?: Record<string, string>
  os?: string[]
}

export interface Lock {
  packages: Record<string, LockEntry>
}

/** The entries that `lock` lacks, by path. Throws when a package's name does not tell its platform. */
export function missingEntries(lock: Lock): Record<string, LockEntry> {
  const missing: Record<string, LockEntry> = {}
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isLocked(lock, path, name)) continue
      missing[`node_modules/${name}`] = platformEntry(name, version, entry.dev === true)
    }
  }
  return missing
}

/** Whether a package that lives at `path` finds `name`, looking upwards as Node does. */
function isLocked(lock: Lock, path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('node_modules/') - 1, 0))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in lock.packages) return true
    if (folder === '') return false
  }
}

const platform =
  /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|x64|ia32|ppc64|riscv64|s390x)(?:v7)?(?:-(\w+))?$/

/** In npm's order of keys, so that npm leaves the file as it is. */
function platformEntry(name: string, version: string, dev: boolean): LockEntry {
  // Runs on any system whose processor is WebAssembly's.
  if (name.endsWith('-wasm32-wasi')) return { version, cpu: ['wasm32'], ...(dev ? { dev } : {}), optional: true }
  const match = platform.exec(name)
  if (match === null) throw new Error(`the platform of ${name} does not show in its name: add it to package-lock.json`)
  const [, os = '', cpu = '', abi] = match
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(os === 'linux' && abi !== undefined ? { libc: [abi.startsWith('musl') ? 'musl' : 'glibc'] } : {}),
    optional: true,
    os: [os],
  }
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '..', 'package-lock.json')
  const lock: Lock = JSON.parse(readFileSync(path, 'utf8'))
  const missing = missingEntries(lock)
  const entries = Object.entries({ ...lock.packages, ...missing })
  lock.packages = Object.fromEntries(entries.sort(([left], [right]) => left.localeCompare(right, 'en')))
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`${Object.keys(missing).length} entries added`)
}
