import { DataValidationError } from '@tern/core'
import type { TaskDefinition } from '@tern/sdk/internal'
import { UsageError } from '../usage-error.ts'
import type { TaskArguments } from './task-arguments.ts'

/**
 * Checks what was given against the schemas of a task of this process, which may ask for more than a type, such as a
 * smallest number.
 *
 * @throws UsageError naming the flag
 */
export async function checkValues(
  { inputs }: TaskDefinition['interface'],
  { given, flags }: Pick<TaskArguments, 'given' | 'flags'>,
): Promise<void> {
  for (const { name, codec, schema } of inputs) {
    const literal = given.get(name)
    if (literal === undefined) continue
    const flag = flags.find(({ input }) => input === name)?.flag ?? name
    const { issues } = await schema['~standard'].validate(fromLiteral(codec, literal, flag))
    if (issues !== undefined) throw new UsageError(`--${flag}: ${issues.map(issueText).join('; ')}`)
  }
}

type Codec = TaskDefinition['interface']['inputs'][number]['codec']

function fromLiteral(codec: Codec, literal: Parameters<Codec['fromLiteral']>[0], flag: string): unknown {
  try {
    return codec.fromLiteral(literal)
  } catch (error) {
    if (!(error instanceof DataValidationError)) throw error
    throw new UsageError(`--${flag}: ${error.message}`, { hint: error.hint, cause: error })
  }
}

interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

function issueText({ message, path = [] }: Issue): string {
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part))
  const where = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  return where === '' ? message : `${where.replace(/^\./, '')}: ${message}`
}
