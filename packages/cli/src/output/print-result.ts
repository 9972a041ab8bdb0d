import type { OutputFormat } from '../flags/common-options.ts'
import type { CliIo } from '../io.ts'
import type { TableStyle } from './table.ts'

/** How text for people is made: for the terminal in front of them, or for a file. */
export interface TextStyle extends TableStyle {
  readonly now: number
  /** An IANA name: the zone that times are shown in. */
  readonly timeZone: string
}

/**
 * Prints the result of a command: the same data as JSON or YAML, or as text for people.
 *
 * @param toText makes the text for people, with the line's end
 */
export async function printResult<T>(
  data: T,
  { format, io, toText }: { format: OutputFormat; io: CliIo; toText: (data: T, style: TextStyle) => string },
): Promise<void> {
  if (format === 'table') io.stdout.write(toText(data, textStyle(io)))
  else io.stdout.write(await serialise(data, format))
}

/** The data as JSON or YAML, with the line's end. */
export async function serialise(data: unknown, format: 'json' | 'yaml'): Promise<string> {
  if (format === 'json') return `${JSON.stringify(data, null, 2)}\n`
  const { default: yaml } = await import('yaml')
  return yaml.stringify(data, { lineWidth: 0 })
}

function textStyle(io: CliIo): TextStyle {
  const { colors, columns, isTerminal } = io.stdout
  return { colors, columns: isTerminal ? columns : undefined, now: io.now(), timeZone: io.timeZone }
}
