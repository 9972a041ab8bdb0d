import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { InvalidArgumentError } from '@tern/core'
import { parse } from 'yaml'

/** What a config file of Flyte says that matters here. */
export interface ConfigFile {
  readonly path: string
  readonly endpoint: string | undefined
  readonly insecure: boolean | undefined
  readonly consoleEndpoint: string | undefined
  readonly org: string | undefined
  readonly project: string | undefined
  readonly domain: string | undefined
}

export interface FileSurroundings {
  readonly workingDirectory: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDirectory?: string
}

/**
 * The config file in force: the one that is named, or the first of Flyte's search path that exists.
 *
 * @throws InvalidArgumentError when the named file does not exist, or the file cannot be read as YAML
 */
export function findConfigFile(named: string | undefined, surroundings: FileSurroundings): ConfigFile | undefined {
  if (named !== undefined) {
    const path = resolve(surroundings.workingDirectory, named)
    if (!existsSync(path)) throw new InvalidArgumentError(`config file ${named} does not exist`, { field: 'config' })
    return readConfigFile(path)
  }
  const found = searchPath(surroundings).find((path) => existsSync(path))
  return found === undefined ? undefined : readConfigFile(found)
}

function searchPath({ workingDirectory, env, homeDirectory = homedir() }: FileSurroundings): string[] {
  const gitRoot = gitRootOf(workingDirectory)
  return [
    join(workingDirectory, 'config.yaml'),
    join(workingDirectory, '.flyte', 'config.yaml'),
    ...(gitRoot === undefined ? [] : [join(gitRoot, '.flyte', 'config.yaml')]),
    ...[env['UCTL_CONFIG'], env['FLYTECTL_CONFIG']].flatMap((path) => (path ? [path] : [])),
    join(homeDirectory, '.union', 'config.yaml'),
    join(homeDirectory, '.flyte', 'config.yaml'),
  ]
}

function gitRootOf(directory: string): string | undefined {
  if (existsSync(join(directory, '.git'))) return directory
  return dirname(directory) === directory ? undefined : gitRootOf(dirname(directory))
}

function readConfigFile(path: string): ConfigFile {
  const content = parseYaml(path)
  const admin = section(content, 'admin')
  const task = section(content, 'task')
  return {
    path,
    endpoint: text(admin, 'endpoint'),
    insecure: typeof admin['insecure'] === 'boolean' ? admin['insecure'] : undefined,
    consoleEndpoint: text(section(content, 'console'), 'endpoint'),
    org: text(task, 'org'),
    project: text(task, 'project'),
    domain: text(task, 'domain'),
  }
}

function parseYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new InvalidArgumentError(`config file ${path} cannot be read: ${reason}`, { field: 'config', cause: error })
  }
}

function section(content: unknown, name: string): Record<string, unknown> {
  const value = (content as Record<string, unknown> | null | undefined)?.[name]
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function text(values: Record<string, unknown>, key: string): string | undefined {
  const value = values[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}
