import { acceptsNone, DataValidationError, NonRecoverableError } from '@tern/core'
import { type LiteralType, SimpleType } from '@tern/idl/core'
import { File } from '../../io/file.ts'
import type { TaskInterface, Variable } from '../../types/task-interface.ts'

/** The outputs that an HTTP task may name. */
export const answerParts = ['status', 'headers', 'body'] as const

/** The answer has more than the task takes. */
class ResponseTooLarge extends NonRecoverableError {
  override readonly name = 'ResponseTooLarge'
  override readonly code = 'ResponseTooLarge'
}

/** What a task returns of an answer, by the type of its output. */
export async function readAnswer(
  { outputs, outputKind }: Pick<TaskInterface, 'outputs' | 'outputKind'>,
  answer: Response,
  maxBytes: number,
): Promise<unknown> {
  const [first] = outputs
  if (outputKind === 'single' && first !== undefined) return readBody(first, answer, maxBytes)
  const body = outputs.find(({ name }) => name === 'body')
  const value = body === undefined ? undefined : await readBody(body, answer, maxBytes)
  if (body === undefined) await answer.body?.cancel()
  if (outputKind === 'none') return undefined
  const parts = { status: answer.status, headers: Object.fromEntries(answer.headers), body: value }
  return Object.fromEntries(outputs.map(({ name }) => [name, parts[name as keyof typeof parts]]))
}

async function readBody({ codec, schema }: Variable, answer: Response, maxBytes: number): Promise<unknown> {
  const { type } = withoutNone(codec.type)
  if (type.case === 'blob') {
    const options = nameOf(answer)
    // Stored while it is read.
    return File.fromStream(limited(answer, maxBytes), options).store()
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of limited(answer, maxBytes)) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  if (type.case === 'simple' && type.value === SimpleType.STRING) return bytes.toString()
  if (type.case === 'simple' && type.value === SimpleType.BINARY) return new Uint8Array(bytes)
  const text = bytes.toString().trim()
  if (text === '' && acceptsNone(codec.type)) {
    const result = schema['~standard'].validate(null)
    return result instanceof Promise || result.issues !== undefined ? undefined : null
  }
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    const kind = answer.headers.get('content-type') ?? 'of no type'
    throw new DataValidationError(`the answer (${kind}) is no JSON: it begins ${JSON.stringify(text.slice(0, 80))}`, {
      cause,
    })
  }
}

async function* limited({ body, headers }: Response, maxBytes: number): AsyncGenerator<Uint8Array> {
  const tooLarge = () =>
    new ResponseTooLarge(`the answer has more than the ${maxBytes} bytes that the task takes`, {
      hint: 'Give the task another maxResponseBytes; a large answer is best taken as a File.',
    })
  if (Number(headers.get('content-length') ?? 0) > maxBytes) {
    await body?.cancel()
    throw tooLarge()
  }
  let size = 0
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge()
    yield chunk
  }
}

function nameOf({ url }: Response): { readonly name?: string } {
  const last = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '')
  return /^[\w.-]+$/.test(last) && !/^\.+$/.test(last) ? { name: last } : {}
}

function withoutNone(type: LiteralType): LiteralType {
  if (type.type.case !== 'unionType') return type
  const others = type.type.value.variants.filter((variant) => !acceptsNone(variant))
  return others.length === 1 ? (others[0] ?? type) : type
}
