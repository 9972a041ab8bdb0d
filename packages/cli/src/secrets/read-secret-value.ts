import type { CliIo } from '../io.ts'
import { readNamedFile, withoutLineEnd } from '../task-run/read-file-value.ts'
import { UsageError } from '../usage-error.ts'

export interface SecretValueOptions {
  readonly value?: string
  readonly fromFile?: string
}

/** @throws UsageError for a name that no secret can have */
export function checkSecretName(name: string): void {
  if (/^[-a-zA-Z0-9_]+$/.test(name)) return
  throw new UsageError(`${JSON.stringify(name)} is no name for a secret`, {
    hint: 'Write letters, digits, "-" and "_".',
  })
}

/**
 * The value of a secret: of a flag, of a file as it is, typed where nobody sees it, or of standard input without the line's
 * end.
 *
 * @throws UsageError when there is none
 */
export async function readSecretValue(
  name: string,
  { value, fromFile }: SecretValueOptions,
  io: CliIo,
): Promise<Uint8Array<ArrayBuffer>> {
  if (value !== undefined) {
    io.stderr.write(io.stderr.colors.dim('Note: the history of your shell keeps what --value says.\n'))
    return required(new TextEncoder().encode(value), '--value is empty')
  }
  if (fromFile !== undefined) {
    return required(await readNamedFile(fromFile, 'from-file', io), `--from-file: ${fromFile} is empty`)
  }
  if (io.isInteractive) {
    const typed = await io.ask(`Value of ${name} (it is not shown): `, { isHidden: true })
    return required(new TextEncoder().encode(typed), 'the value is empty')
  }
  const read = withoutLineEnd(Buffer.from(await io.readStdin()).toString('latin1'))
  return required(new Uint8Array(Buffer.from(read, 'latin1')), 'standard input is empty')
}

function required(value: Uint8Array<ArrayBuffer>, problem: string): Uint8Array<ArrayBuffer> {
  if (value.length > 0) return value
  throw new UsageError(`${problem}: a secret needs a value`, {
    hint: 'Give it with --from-file, on standard input, or type it on a terminal.',
  })
}
