import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { parse } from 'node:path'
import { promisify } from 'node:util'
import { machineEnv } from '@tern/core/containers'

const run = promisify(execFile)

/** What an interpreter says of itself. */
export interface PythonFacts {
  readonly executable: string
  /** Such as `3.12.4`. */
  readonly version: string
  /** Folder of the installation or of the virtual environment. */
  readonly prefix: string
  readonly isVirtual: boolean
  /** Folder of the packages that are installed. */
  readonly packages: string
  /** Version of Flyte's package; null if it is not installed. */
  readonly flyteVersion: string | null
  /** Changes when a package is installed or removed. */
  readonly installedAt: number
}

// As short as can be: it runs before the first task of an interpreter.
const script = `
import json, sys, sysconfig
from importlib.metadata import PackageNotFoundError, version
try:
    flyte = version("flyte")
except PackageNotFoundError:
    flyte = None
print(json.dumps({
    "executable": sys.executable,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "prefix": sys.prefix,
    "isVirtual": sys.prefix != sys.base_prefix,
    "packages": sysconfig.get_path("purelib"),
    "flyteVersion": flyte,
}))
`

const longestMs = 60_000

/** Asks interpreters about themselves, each once until something is installed or removed. */
export class PythonProbe {
  readonly #known = new Map<string, Promise<PythonFacts>>()

  /** @throws what it printed, for something that is no working interpreter */
  async ask(python: string): Promise<PythonFacts> {
    const asked = this.#known.get(python)
    if (asked !== undefined) {
      const facts = await asked.catch(() => undefined)
      if (facts !== undefined && (await changedAt(facts.packages)) === facts.installedAt) return facts
      // Of all that found out at the same time, one asks again.
      if (this.#known.get(python) !== asked) return this.ask(python)
    }
    const asking = ask(python)
    this.#known.set(python, asking)
    return asking
  }
}

async function ask(python: string): Promise<PythonFacts> {
  // From where it finds no module of anybody.
  const options = { cwd: parse(process.execPath).root, env: machineEnv(), timeout: longestMs }
  const { stdout } = await run(python, ['-c', script], options)
  const facts = JSON.parse(stdout) as Omit<PythonFacts, 'installedAt'>
  return { ...facts, installedAt: await changedAt(facts.packages) }
}

async function changedAt(folder: string): Promise<number> {
  return await stat(folder).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
}
