import { constants } from 'node:http2'
import type { HttpRequest, HttpResponse } from './http-message.ts'

// Long enough for an answer to reach a client that is still sending: closing at once could make it miss the answer.
const lingerMs = 300

/** Once a request is answered, what is left of its body is not waited for: the connection (or stream) is closed. */
export function closeUnreadRequest(request: HttpRequest, response: HttpResponse): void {
  response.once('finish', () => {
    if (request.complete) return
    const timer = setTimeout(() => close(request), lingerMs)
    timer.unref()
    request.once('close', () => clearTimeout(timer))
    request.once('end', () => clearTimeout(timer))
  })
}

function close(request: HttpRequest): void {
  if (request.complete) return
  if ('stream' in request) request.stream.close(constants.NGHTTP2_NO_ERROR)
  else request.socket.destroy()
}
