import { isTernError, type TernError } from '@tern/core'
import type { Logger } from 'pino'
import { type HttpRequest, type HttpResponse, sendJson } from './http-message.ts'

/** False when the request was answered because its method is none of these. */
export function allowMethods(request: HttpRequest, response: HttpResponse, methods: ReadonlyArray<string>): boolean {
  if (methods.includes(request.method ?? '')) return true
  response.setHeader('allow', methods.join(', '))
  sendJson(response, 405, { code: 'invalid_argument', message: `use ${methods.join(' or ')}` })
  return false
}

/** Answers with what is thrown on the way, as JSON. */
export async function answer(response: HttpResponse, logger: Logger, serve: () => Promise<void>): Promise<void> {
  try {
    await serve()
  } catch (error) {
    if (!isTernError(error)) logger.error({ err: error }, 'a request failed')
    if (response.headersSent) response.destroy()
    else if (isTernError(error)) sendJson(response, statusOf(error), { code: error.code, message: error.message })
    else sendJson(response, 500, { code: 'internal', message: 'internal error' })
  }
}

function statusOf(error: TernError): number {
  switch (error.connectCode) {
    case 'invalid_argument':
      return 400
    case 'permission_denied':
      return 403
    case 'not_found':
      return 404
    case 'failed_precondition':
      return 409
    case 'resource_exhausted':
      return 413
    case 'unavailable':
      return 503
    default:
      return 500
  }
}
