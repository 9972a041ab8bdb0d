import { fileURLToPath } from 'node:url'

/**
 * The file from which `callee`, the function or class that asks, was called.
 *
 * @param between how many functions are to be passed over between the two
 */
export function callerFile(callee: Function, between = 0): string | undefined {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, callee)
  const frame = holder.stack?.split('\n')[1 + between]
  const location = frame?.match(/\(?((?:file:\/\/|\/|[A-Za-z]:\\).*?):\d+:\d+\)?$/)?.[1]
  if (location === undefined) return undefined
  return location.startsWith('file://') ? fileURLToPath(location) : location
}
