/** Where in a program something was called. */
export interface Frame {
  readonly name: string
  /** As the user knows it: without the place where the server keeps the code. */
  readonly file: string
  readonly line: number | undefined
  /** Whether it is in the user's code, and not in ours or in a library. */
  readonly isOwn: boolean
}

/** An error as people look at it: what happened, where, and why. */
export interface ErrorText {
  /** The error's class or code; empty when there is none. */
  readonly code: string
  readonly message: string
  /** The innermost first. */
  readonly frames: ReadonlyArray<Frame>
  /** Lines of a trace that are none of the two. */
  readonly rest: string
  readonly cause: ErrorText | undefined
}

const nodeFrame = /^\s+at (?:(?:async )?(.+?) \()?((?:\S| (?!\())+?):(\d+)(?::\d+)?\)?$/
const wordFrame = /^\s+at (.+)$/
const pythonFrame = /^\s+File "(.+)", line (\d+)(?:, in (.+))?$/
const causeStart = /^\s*(?:\[?cause\]?:|caused by:?)\s+/i

/** Takes apart what clients are told of an error: a message, perhaps with a stack trace and with what caused it. */
export function parseErrorText(text: string): ErrorText {
  const lines = text.replace(/\s+$/, '').split('\n')
  const causeAt = lines.findIndex((line, index) => index > 0 && causeStart.test(line))
  const own = causeAt < 0 ? lines : lines.slice(0, causeAt)
  const cause =
    causeAt < 0
      ? undefined
      : parseErrorText([lines[causeAt]?.replace(causeStart, ''), ...lines.slice(causeAt + 1)].join('\n'))
  const traceAt = own.findIndex((line) => line.trim().startsWith('Traceback (most recent call last)'))
  return traceAt < 0 ? parseNode(own, cause) : parsePython(own, traceAt, cause)
}

function parseNode(lines: ReadonlyArray<string>, cause: ErrorText | undefined): ErrorText {
  const stackAt = lines.findIndex((line, index) => index > 0 && wordFrame.test(line))
  const head = (stackAt < 0 ? lines : lines.slice(0, stackAt)).join('\n').trim()
  const stack = stackAt < 0 ? [] : lines.slice(stackAt)
  return { ...splitCode(head), frames: stack.flatMap((line) => toNodeFrame(line) ?? []), rest: '', cause }
}

function toNodeFrame(line: string): Frame | undefined {
  const match = nodeFrame.exec(line)
  if (match !== null) return toFrame(match[1] ?? '', match[2] ?? '', match[3])
  const word = wordFrame.exec(line)
  return word === null ? undefined : { name: word[1] ?? '', file: '', line: undefined, isOwn: false }
}

function parsePython(lines: ReadonlyArray<string>, traceAt: number, cause: ErrorText | undefined): ErrorText {
  const before = lines.slice(0, traceAt).join('\n').trim()
  const trace = lines.slice(traceAt + 1)
  const frames = trace.flatMap((line) => {
    const match = pythonFrame.exec(line)
    return match === null ? [] : [toFrame(match[3] ?? '', match[1] ?? '', match[2])]
  })
  const last = trace.findLastIndex((line) => /^\S/.test(line))
  const message = last < 0 ? before : trace.slice(last).join('\n')
  const head = before === '' ? message : before.replace(/[:\s]+$/, '')
  const rest = trace.filter((line, index) => !pythonFrame.test(line) && (last < 0 || index < last)).join('\n')
  return { ...splitCode(/^\w+$/.test(head) ? message : head), frames: frames.toReversed(), rest: rest.trim(), cause }
}

function splitCode(head: string): { code: string; message: string } {
  const match = /^([A-Za-z_][\w.]*): ([\s\S]*)$/.exec(head)
  return match === null ? { code: '', message: head } : { code: match[1] ?? '', message: match[2] ?? '' }
}

// Where the server puts the code of tasks, and where packages are.
const bundlePlace = /^(?:file:\/\/)?.*\/uploads\/[^/]+\/[^/]+\/[A-Z2-7]+=*\//
const notOwn = /(?:^|\/)(?:tern-sdk|node_modules|site-packages|dist-packages)\/|^node:|^</

function toFrame(name: string, place: string, line: string | undefined): Frame {
  const file = place.replace(bundlePlace, '')
  return {
    name,
    file,
    line: line === undefined ? undefined : Number(line),
    isOwn: !notOwn.test(file) && !/lib\/python3/.test(file),
  }
}
