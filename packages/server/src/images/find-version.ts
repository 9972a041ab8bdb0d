import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installerEnv } from './installer-env.ts'
import { onPath, pythonIn } from './find-python.ts'
import type { PythonFacts, PythonProbe } from './probe-python.ts'

const run = promisify(execFile)

/**
 * An interpreter of a version such as `3.12`: on the PATH, among pyenv's, or among those that uv knows. Undefined if
 * there is none.
 */
export async function findVersion(version: string, probe: PythonProbe): Promise<PythonFacts | undefined> {
  if (!/^\d+\.\d+$/.test(version)) return undefined
  const { PATH, PYENV_ROOT = join(homedir(), '.pyenv') } = process.env
  const places = [onPath(`python${version}`, PATH), ...ofPyenv(PYENV_ROOT, version)]
  for (const python of places) {
    const facts = await probed(python, version, probe)
    if (facts !== undefined) return facts
  }
  return await probed(await ofUv(version, onPath('uv', PATH)), version, probe)
}

/** What stands on the PATH may be a launcher with nothing behind it. */
async function probed(python: string | undefined, version: string, probe: PythonProbe) {
  if (python === undefined) return undefined
  const facts = await probe.ask(python).catch(() => undefined)
  return facts?.version.startsWith(`${version}.`) ? facts : undefined
}

function ofPyenv(root: string, version: string): Array<string | undefined> {
  let names: string[]
  try {
    names = readdirSync(join(root, 'versions'))
  } catch {
    return []
  }
  const fitting = names.filter((name) => name.startsWith(`${version}.`))
  const newestFirst = fitting.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  return newestFirst.map((name) => pythonIn(join(root, 'versions', name)))
}

async function ofUv(version: string, uv: string | undefined): Promise<string | undefined> {
  if (uv === undefined) return undefined
  // Where no project says otherwise, and without a download.
  const options = { env: { ...installerEnv(), UV_PYTHON_DOWNLOADS: 'never' }, cwd: tmpdir() }
  const found = await run(uv, ['python', 'find', '--no-project', '--system', version], options).catch(() => undefined)
  return found?.stdout.trim() || undefined
}
