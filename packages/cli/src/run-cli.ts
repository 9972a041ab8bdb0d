import { CommanderError } from 'commander'
import type { CliIo } from './io.ts'
import { createProgram } from './program.ts'
import { exitCodes, reportError } from './report-error.ts'
import { UsageError } from './usage-error.ts'

/**
 * Runs one `tern` command to its end.
 *
 * @param args without the program's name, e.g. `['get', 'run']`
 * @returns the exit code: 0 done, 1 failed, 2 misused, 130 interrupted
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  const program = createProgram(io)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCodes.done
  } catch (error) {
    const known = error instanceof CommanderError ? fromCommander(error) : error
    if (known === undefined) return exitCodes.done
    const { text, exitCode } = reportError(known, { verbose: isVerbose(args, io), colors: io.stderr.colors })
    io.stderr.write(text)
    return exitCode
  }
}

/** Commander's errors in our words; undefined for help and version, which are none. */
function fromCommander(error: CommanderError): UsageError | undefined {
  if (error.exitCode === 0) return undefined
  if (error.code === 'commander.help')
    return new UsageError('a command is missing', { hint: 'It is one of those above.' })
  const [, message = '', suggestion] =
    /^(?:error: )?([\s\S]*?)(?:\n\(Did you mean (.*?)\?\))?$/.exec(error.message) ?? []
  const { commandPath = 'tern' } = error as { commandPath?: string }
  const hint = suggestion === undefined ? `See ${commandPath} --help.` : `Did you mean ${suggestion}?`
  return new UsageError(message, { hint })
}

// Read by hand, since the flags may be what is wrong.
function isVerbose(args: readonly string[], { env }: CliIo): boolean {
  const end = args.indexOf('--')
  const flags = end < 0 ? args : args.slice(0, end)
  return (
    flags.some((arg) => arg === '--verbose' || arg === '-v') || /^(1|true|yes|on)$/i.test(env['TERN_VERBOSE'] ?? '')
  )
}
