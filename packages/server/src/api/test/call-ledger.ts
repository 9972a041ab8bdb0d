import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect'

/** One way in which a call went, in one test or in many. */
export interface CallOutcome {
  /** `embedded` or `postgres`. */
  readonly database: string
  /** Name of the transport. */
  readonly transport: string
  /** `package.Service/Method` */
  readonly method: string
  /** `ok`, or the name of the Connect code. */
  readonly outcome: string
}

// Set by the tests' configuration, new for each run of them.
const folder = process.env['TERN_CALLS_DIR'] ?? ''

/** Notes how each call of a test ends, for the test that compares all of them with what is documented. */
export function ledgerFor(transport: string): Interceptor {
  const database = process.env['TERN_TEST_DATABASE'] ?? 'embedded'
  const note = (method: string, error?: unknown) => {
    const outcome = error === undefined ? 'ok' : nameOf(ConnectError.from(error).code)
    append({ database, transport, method, outcome })
  }
  return (next) => async (request) => {
    const method = `${request.service.typeName}/${request.method.name}`
    try {
      const response = await next(request)
      if (!response.stream) note(method)
      else return { ...response, message: noting(response.message, method, note) }
      return response
    } catch (error) {
      note(method, error)
      throw error
    }
  }
}

/** Every outcome that was noted. */
export function readLedger(): ReadonlyArray<CallOutcome> {
  return readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as CallOutcome),
  )
}

const noted = new Set<string>()

function append(outcome: CallOutcome): void {
  const line = JSON.stringify(outcome)
  if (noted.has(line)) return
  noted.add(line)
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${line}\n`)
}

/** A stream has gone well once it has said something, or ended; it may still fail afterwards. */
async function* noting<Message>(
  messages: AsyncIterable<Message>,
  method: string,
  note: (method: string, error?: unknown) => void,
): AsyncIterable<Message> {
  try {
    for await (const message of messages) {
      note(method)
      yield message
    }
    note(method)
  } catch (error) {
    note(method, error)
    throw error
  }
}

function nameOf(code: Code): string {
  return Code[code].replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase()
}
