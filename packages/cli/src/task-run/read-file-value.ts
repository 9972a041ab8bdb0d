import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'

/**
 * What a flag's value stands for: `@file` the text of a file, `@-` standard input, `@@text` the text `@text`, anything
 * else itself. The line's end at the end of a file is not part of the value.
 *
 * @throws UsageError naming the flag whose file cannot be read
 */
export async function readFileValue(text: string, flag: string, io: Pick<CliIo, 'cwd' | 'readStdin'>): Promise<string> {
  if (!text.startsWith('@')) return text
  if (text.startsWith('@@')) return text.slice(1)
  const bytes = await readNamedFile(
    text.slice(1),
    flag,
    io,
    'A value that begins with @ names a file; write @@ for a plain @.',
  )
  return withoutLineEnd(new TextDecoder().decode(bytes))
}

/**
 * The bytes of a file that a flag names; `-` is standard input.
 *
 * @throws UsageError naming the flag whose file cannot be read
 */
export async function readNamedFile(
  name: string,
  flag: string,
  io: Pick<CliIo, 'cwd' | 'readStdin'>,
  hint?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (name === '-') return io.readStdin()
  try {
    return new Uint8Array(await readFile(resolve(io.cwd, name)))
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it does not exist' : (error as Error).message
    throw new UsageError(`--${flag}: cannot read ${name}: ${reason}`, { hint, cause: error })
  }
}

/** Text without the line's end at its end. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}
