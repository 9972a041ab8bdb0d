import { InvalidArgumentError } from '@tern/core'
import type { LiteralType } from '@tern/idl/core'
import { ContainerKind, defaultInputDir, defaultOutputDir } from './container-kind.ts'
import { hasPlaceholders } from './placeholders.ts'
import type { KindTask } from './task-kind.ts'

/** A script, and what executes it. */
export interface ShellConfig {
  /**
   * What the shell executes. Inputs are in variables: `$inputs_n` is the value of the input `n`, or the path of one that is a
   * file, a folder or a data frame. What the task returns, it writes to files: `$outputs_n` is the path for the output `n`,
   * `$output` for the one of `output`. It ends at the first command that fails, and at a variable that does not exist.
   */
  readonly script: string
  /** `'bash'` fails for any part of a pipe. Defaults to `'sh'`, which every image has. */
  readonly shell?: 'sh' | 'bash' | undefined
  /** The image that has the programs of the script. Defaults to a small Debian. */
  readonly image?: string | undefined
}

const defaultImage = 'debian:stable-slim'
const singleOutput = 'o0'

/** Tasks that are a script. Values of inputs are never part of its text. */
export class ShellKind extends ContainerKind {
  readonly #script: string
  readonly #shell: 'sh' | 'bash'

  constructor({ script, shell = 'sh', image = defaultImage }: ShellConfig) {
    super({ image, command: [] })
    this.#script = script
    this.#shell = shell
  }

  protected override get identity(): unknown {
    return [this.#shell, this.#script, this.config.image]
  }

  protected override commandOf(task: KindTask): readonly string[] {
    const beginning = this.#shell === 'bash' ? 'set -euo pipefail' : 'set -eu'
    const { inputs, outputs, outputKind } = task.interface
    const parts = [
      beginning,
      ...inputs.map(({ name, codec }) => (isPath(codec.type) ? `inputs_${name}=$1/${name}` : valueOf(name))),
      ...(outputKind === 'single'
        ? [`output=$2/${singleOutput}`]
        : outputs.map(({ name }) => `outputs_${name}=$2/${name}`)),
      'shift 2',
    ]
    return [this.#shell, '-c', `${parts.join('; ')}\n${this.#script}`, task.name, defaultInputDir, defaultOutputDir]
  }

  override check(task: KindTask): void {
    const invalid = (field: string, message: string, hint?: string) =>
      new InvalidArgumentError(`task ${task.name}: ${message}`, { field, hint })
    const script: unknown = this.#script
    if (typeof script !== 'string' || script.trim() === '') throw invalid('script', 'script must be a text')
    if (!['sh', 'bash'].includes(this.#shell)) throw invalid('shell', `shell must be 'sh' or 'bash'`)
    if (hasPlaceholders(script)) {
      const hint =
        'The value of an input n is in the variable "$inputs_n", so that it cannot become a part of the script.'
      throw invalid('script', 'script must have no {{.inputs.…}} in it', hint)
    }
    super.check(task)
  }
}

function isPath({ type }: LiteralType): boolean {
  return type.case === 'blob' || type.case === 'structuredDatasetType'
}

// The shell would take away the line ends at the end of what a command prints.
function valueOf(name: string): string {
  return `inputs_${name}=$(cat "$1/${name}"; echo .); inputs_${name}=\${inputs_${name}%.}`
}
