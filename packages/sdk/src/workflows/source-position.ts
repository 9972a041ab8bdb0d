import { dirname, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownBundleUrl } from '../authoring/process-role.ts'

/** A place in the source, as people write it: relative to the project, lines and columns from 1. */
export interface SourcePosition {
  readonly file: string
  readonly line: number
  readonly column: number
}

// Finding out where compiled code comes from takes a while, and loops come by the same place again and again.
const known = new Map<string, SourcePosition | undefined>()
const mostKnown = 10_000

/** Where `callee`, a function that is running, was called. */
// biome-ignore lint/complexity/noBannedTypes: any function can be asked about
export function callPosition(callee: Function): SourcePosition | undefined {
  const raw = rawPosition(callee)
  if (raw === undefined) return undefined
  if (known.has(raw)) return known.get(raw)
  const position = parseFrame(formattedFrame(callee))
  if (known.size < mostKnown) known.set(raw, position)
  return position
}

export function formatPosition({ file, line, column }: SourcePosition): string {
  return `${file}:${line}:${column}`
}

/** How many functions are under way, the one that calls this included. `Error.stackTraceLimit` must let all be counted. */
export function stackDepth(): number {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, stackDepth)
  return framesOf(holder.stack).length
}

/** Where the function was, when an error was made, that had been called at a depth. */
export function frameAbove(error: unknown, depth: number): SourcePosition | undefined {
  const frames = framesOf(error instanceof Error ? error.stack : undefined)
  const frame = frames[frames.length - depth - 1]
  return frame === undefined ? undefined : parseFrame(frame)
}

function framesOf(stack: string | undefined): readonly string[] {
  return (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
}

// biome-ignore lint/complexity/noBannedTypes: see above
function rawPosition(callee: Function): string | undefined {
  const { stackTraceLimit } = Error
  const restore = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  try {
    Error.prepareStackTrace = (_, [site]) =>
      site === undefined ? undefined : `${site.getFileName() ?? ''}:${site.getLineNumber()}:${site.getColumnNumber()}`
    Error.stackTraceLimit = 1
    const holder: { stack?: string | undefined } = {}
    Error.captureStackTrace(holder, callee)
    return holder.stack
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    if (restore === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace
    else Object.defineProperty(Error, 'prepareStackTrace', restore)
  }
}

// biome-ignore lint/complexity/noBannedTypes: see above
function formattedFrame(callee: Function): string {
  const { stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = 1
    const holder: { stack?: string } = {}
    Error.captureStackTrace(holder, callee)
    return holder.stack?.split('\n')[1] ?? ''
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function parseFrame(frame: string): SourcePosition | undefined {
  const [, location, line, column] = /(?:\(|at (?:async )?)((?:file:\/\/)?[^()]*?):(\d+):(\d+)\)?$/.exec(frame) ?? []
  if (location === undefined || line === undefined || column === undefined) return undefined
  return { file: projectPath(location), line: Number(line), column: Number(column) }
}

function projectPath(location: string): string {
  const path = location.startsWith('file://') ? fileURLToPath(location) : location
  const bundle = ownBundleUrl()
  // The source map of a bundle has paths from the root of the project, which become paths beside the bundle.
  const root = bundle === undefined ? process.cwd() : dirname(fileURLToPath(bundle))
  const inside = relative(root, path)
  return (inside.startsWith('..') ? path : inside).split(sep).join('/')
}
