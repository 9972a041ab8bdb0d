import { Option } from 'commander'

/** A flag that can also be set by an environment variable and a key of the config file. */
export class SettingOption extends Option {
  /** Name of the environment variable. */
  readonly variable: string | undefined
  /** Path of the key in the config file, e.g. `tern.start.port`. */
  readonly configKey: string | undefined

  constructor(flags: string, description: string, source: { variable?: string; configKey?: string } = {}) {
    super(flags, description)
    this.variable = source.variable
    this.configKey = source.configKey
  }
}

/** A flag for an input of a task. */
export class InputOption extends Option {}

/** `--data-dir` of `start` → `TERN_DATA_DIR`; `--limit` of `get run` → `TERN_GET_RUN_LIMIT`. */
export function variableFor(option: string, scope: readonly string[]): string {
  return ['tern', ...scope, option].join('_').replaceAll('-', '_').toUpperCase()
}

/** `--limit` of `get run` → `tern.get.run.limit`. */
export function configKeyFor(option: string, scope: readonly string[]): string {
  const camelCase = (name: string) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return ['tern', ...scope, option].map(camelCase).join('.')
}
