import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

// The release that the tests are written against, and one of a minor version before it. What reads data frames is large,
// and so with the first alone.
const releases = {
  newest: ['flyte==2.12.1', 'pandas==3.1.1', 'pyarrow==26.0.1'],
  older: ['flyte==2.11.4'],
} as const

const cache = fileURLToPath(new URL('../../../node_modules/.cache/tern-python/', import.meta.url))

/** Commands of a virtual environment with Flyte's own Python SDK in it, unmodified. */
export interface FlytePython {
  readonly python: string
  readonly flyte: string
}

/** Makes the environment at first use, which takes a minute and the Python package index. Needs `python3`. */
export async function flytePython(release: keyof typeof releases = 'newest'): Promise<FlytePython> {
  const packages = releases[release]
  const folder = join(cache, packages.join('-').replaceAll('==', '-'))
  const bin = join(folder, 'bin')
  const finished = join(folder, '.finished')
  while (!existsSync(finished)) {
    await alone(`${folder}.lock`, async () => {
      if (existsSync(finished)) return
      await run('python3', ['-m', 'venv', '--clear', folder])
      await run(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', ...packages])
      writeFileSync(finished, '')
    })
  }
  return { python: join(bin, 'python'), flyte: join(bin, 'flyte') }
}

/** Does something unless another process of this machine is at it: then it waits for that one. */
async function alone(lock: string, work: () => Promise<void>): Promise<void> {
  mkdirSync(cache, { recursive: true })
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
  } catch {
    if (!isAlive(ownerOf(lock))) rmSync(lock, { force: true })
    await setTimeout(200)
    return
  }
  try {
    await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** 0 when it has just gone, or does not say yet. */
function ownerOf(lock: string): number {
  try {
    return Number(readFileSync(lock, 'utf8'))
  } catch {
    return 0
  }
}

function isAlive(pid: number): boolean {
  if (pid === 0) return true
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
