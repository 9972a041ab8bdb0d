import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onPath } from './find-python.ts'
import { installerEnv } from './installer-env.ts'

const run = promisify(execFile)

/** Makes an environment, and installs packages into it. */
export interface Installer {
  /** The command that makes the environment. */
  readonly create: ReadonlyArray<string>
  /** The command that installs what the arguments say. */
  install(args: ReadonlyArray<string>): ReadonlyArray<string>
  /** The option that has a package installed again, although it is there. */
  readonly reinstall: string
}

/** For an environment of the interpreter in the folder: uv if it is on the PATH, which is much faster, or else pip. */
export async function installerFor(folder: string, base: string): Promise<Installer> {
  const python = join(folder, 'bin', 'python')
  const uv = onPath('uv', process.env['PATH'])
  if (uv !== undefined) {
    return {
      create: [uv, 'venv', '--python', base, '--no-project', folder],
      install: (args) => [uv, 'pip', 'install', '--python', python, ...args],
      reinstall: '--reinstall',
    }
  }
  // The interpreter's own pip need not be copied, which takes longer than many packages.
  const hasPip = await canInstallElsewhere(base)
  return {
    create: [base, '-m', 'venv', ...(hasPip ? ['--without-pip'] : []), folder],
    install: (args) => [
      ...(hasPip ? [base, '-m', 'pip', '--python', python] : [python, '-m', 'pip']),
      'install',
      ...args,
    ],
    reinstall: '--force-reinstall',
  }
}

const firstWithPython = [22, 3]

const canInstall = new Set<string>()

async function canInstallElsewhere(python: string): Promise<boolean> {
  if (canInstall.has(python)) return true
  const found = await run(python, ['-m', 'pip', '--version'], { env: installerEnv() }).catch(() => undefined)
  const [major = 0, minor = 0] =
    /^pip (\d+)\.(\d+)/
      .exec(found?.stdout ?? '')
      ?.slice(1)
      .map(Number) ?? []
  const [firstMajor = 0, firstMinor = 0] = firstWithPython
  if (major < firstMajor || (major === firstMajor && minor < firstMinor)) return false
  canInstall.add(python)
  return true
}
