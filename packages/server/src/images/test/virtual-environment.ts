import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** An empty virtual environment, in which packages are said to be installed. */
export function aVirtualEnvironment(folder: string, packages: Readonly<Record<string, string>> = {}): string {
  execFileSync('python3', ['-m', 'venv', '--without-pip', folder])
  for (const [name, version] of Object.entries(packages)) pretend(folder, name, version)
  return folder
}

/** Leaves behind what an installer leaves, without the package. */
export function pretend(folder: string, name: string, version: string): void {
  const [packages = ''] = globSync(join(folder, 'lib/python*/site-packages'))
  const metadata = join(packages, `${name}-${version}.dist-info`)
  mkdirSync(metadata)
  writeFileSync(join(metadata, 'METADATA'), `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`)
}
