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
  const name = text.slice(1)
  if (name === '-') return withoutLineEnd(new TextDecoder().decode(await io.readStdin()))
  try {
    return withoutLineEnd(await readFile(resolve(io.cwd, name), 'utf8'))
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it does not exist' : (error as Error).message
    throw new UsageError(`--${flag}: cannot read ${name}: ${reason}`, {
      hint: 'A value that begins with @ names a file; write @@ for a plain @.',
      cause: error,
    })
  }
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}
