import { fileURLToPath } from 'node:url'

/** The file from which `callee`, the function or class that asks, was called. */
export function callerFile(callee: Function): string | undefined {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, callee)
  const frame = holder.stack?.split('\n')[1]
  const location = frame?.match(/\(?((?:file:\/\/|\/|[A-Za-z]:\\).*?):\d+:\d+\)?$/)?.[1]
  if (location === undefined) return undefined
  return location.startsWith('file://') ? fileURLToPath(location) : location
}
