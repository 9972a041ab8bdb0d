import { ConnectError, type Interceptor } from '@connectrpc/connect'
import type { Logger } from 'pino'
import { requestIdKey } from '../request-context.ts'

/** Logs each request at debug level, streams when they begin. */
export function logAccess(logger: Logger): Interceptor {
  return (next) => async (request) => {
    if (!logger.isLevelEnabled('debug')) return next(request)
    const startedAt = performance.now()
    const entry = {
      rpc: `${request.service.typeName}/${request.method.name}`,
      requestId: request.contextValues.get(requestIdKey),
    }
    const took = () => Math.round((performance.now() - startedAt) * 1000) / 1000
    try {
      const response = await next(request)
      logger.debug({ ...entry, ms: took() }, response.stream ? 'stream opened' : 'request served')
      return response
    } catch (error) {
      const { code, rawMessage } = ConnectError.from(error)
      logger.debug({ ...entry, ms: took(), code, reason: rawMessage }, 'request refused')
      throw error
    }
  }
}
