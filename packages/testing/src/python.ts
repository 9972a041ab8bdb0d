import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

// The release that the tests are written against.
const flyteVersion = '2.12.1'
const cache = fileURLToPath(new URL('../../../node_modules/.cache/tern-python/', import.meta.url))

/** Commands of a virtual environment with Flyte's own Python SDK in it, unmodified. */
export interface FlytePython {
  readonly python: string
  readonly flyte: string
}

/** Makes the environment at first use, which takes a minute and the Python package index. Needs `python3`. */
export async function flytePython(): Promise<FlytePython> {
  const folder = join(cache, flyteVersion)
  const bin = join(folder, 'bin')
  const finished = join(folder, '.finished')
  if (!existsSync(finished)) {
    mkdirSync(cache, { recursive: true })
    await run('python3', ['-m', 'venv', '--clear', folder])
    await run(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', `flyte==${flyteVersion}`])
    writeFileSync(finished, '')
  }
  return { python: join(bin, 'python'), flyte: join(bin, 'flyte') }
}
