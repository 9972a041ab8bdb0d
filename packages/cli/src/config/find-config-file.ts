import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'

/**
 * The config file in force: the given one, else the first that exists on the path that Flyte's command searches too.
 *
 * @throws UsageError when a file is named that does not exist
 */
export function findConfigFile(
  given: string | undefined,
  io: Pick<CliIo, 'cwd' | 'env' | 'homeDirectory'>,
): string | undefined {
  if (given !== undefined) {
    const path = resolve(io.cwd, given)
    if (!existsSync(path))
      throw new UsageError(`the config file ${given} does not exist`, { hint: `Looked for ${path}.` })
    return path
  }
  return searchPath(io).find((path) => existsSync(path))
}

/** Where config files are looked for, in order. */
export function searchPath({ cwd, env, homeDirectory }: Pick<CliIo, 'cwd' | 'env' | 'homeDirectory'>): string[] {
  const gitRoot = gitRootOf(cwd)
  return [
    join(cwd, 'config.yaml'),
    join(cwd, '.flyte', 'config.yaml'),
    ...(gitRoot === undefined ? [] : [join(gitRoot, '.flyte', 'config.yaml')]),
    ...[env['UCTL_CONFIG'], env['FLYTECTL_CONFIG']].flatMap((path) => (path ? [resolve(cwd, path)] : [])),
    join(homeDirectory, '.union', 'config.yaml'),
    join(homeDirectory, '.flyte', 'config.yaml'),
  ]
}

function gitRootOf(directory: string): string | undefined {
  for (let current = directory; ; current = dirname(current)) {
    if (existsSync(join(current, '.git'))) return current
    if (current === dirname(current)) return undefined
  }
}
