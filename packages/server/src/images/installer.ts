import { join } from 'node:path'
import { onPath } from './find-python.ts'

/** Installs packages into one environment. */
export interface Installer {
  readonly name: 'uv' | 'pip'
  /** The command that makes the environment. */
  create(python: string): ReadonlyArray<string>
  /** The command that installs what the arguments say. */
  install(args: ReadonlyArray<string>): ReadonlyArray<string>
  /** The option that has a package installed again, although it is there. */
  readonly reinstall: string
}

/** uv if it is on the PATH, which is much faster, or else venv and pip. */
export function installerFor(folder: string): Installer {
  const python = join(folder, 'bin', 'python')
  const uv = onPath('uv', process.env['PATH'])
  if (uv !== undefined) {
    return {
      name: 'uv',
      create: (base) => [uv, 'venv', '--python', base, '--no-project', folder],
      install: (args) => [uv, 'pip', 'install', '--python', python, ...args],
      reinstall: '--reinstall',
    }
  }
  return {
    name: 'pip',
    create: (base) => [base, '-m', 'venv', folder],
    install: (args) => [python, '-m', 'pip', 'install', ...args],
    reinstall: '--force-reinstall',
  }
}
