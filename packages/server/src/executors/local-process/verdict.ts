import { fromBinary } from '@bufbuild/protobuf'
import { fromErrorDocument, NotFoundError, type TaskFailure } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { ErrorDocumentSchema } from '@tern/idl/core'
import { type FailureCode, failureOf } from '../../engine/failure-kinds.ts'
import type { ActionData } from '../../engine/model.ts'
import { explainPython, localPaths, type PythonPlace } from './python-errors.ts'
import type { ProcessExit } from './started-process.ts'

export type Verdict =
  | { readonly outcome: 'succeeded'; readonly outputs: ActionData | null }
  | { readonly outcome: 'failed'; readonly failure: TaskFailure }

/** What is known of a process that has ended. */
export interface Ending {
  readonly exit: ProcessExit
  /** Where it was to leave its outputs. */
  readonly prefix: string
  readonly hasOutputs: boolean
  /** It has nothing in it that would leave an error behind: what went wrong in it, its exit code says. */
  readonly saysByExitCode: boolean
  /** The kernel has killed something while it ran, because memory was short. */
  readonly hasMachineRunOut: boolean
  readonly place: PythonPlace
  /** What it wrote to standard error last. */
  readonly lastLines: ReadonlyArray<string>
}

/**
 * How an attempt ended, from what it left behind. A task that raised an error exits with 0 all the same: what counts is
 * the `error.pb` below its output prefix, then its `outputs.pb`.
 */
export async function readVerdict(storage: Storage, ending: Ending): Promise<Verdict> {
  const { exit, prefix, hasOutputs } = ending
  if (exit.error !== null) return { outcome: 'failed', failure: cannotSpawn(exit.error) }
  const error = await readError(storage, `${prefix}/error.pb`)
  if (error !== undefined)
    return { outcome: 'failed', failure: explainPython(withTraceback(error, ending), ending.place) }
  if (exit.lost !== undefined) return failed('Interrupted', `the task was killed: ${exit.lost}`)
  if (exit.signal === 'SIGKILL' && ending.hasMachineRunOut)
    return failed(
      'OOMKilled',
      'the machine ran out of memory, and its kernel killed the task. Run less at once, or give tasks limits.',
    )
  if (exit.signal !== null) return failed('Interrupted', withLastLines(describeSignal(exit.signal), ending))
  if (exit.code !== 0) {
    if (ending.saysByExitCode)
      return failed('NonZeroExit', withLastLines(`the task ended with exit code ${exit.code}`, ending))
    const message = `the task ended with exit code ${exit.code} and left no error behind`
    return failed('Interrupted', withLastLines(message, ending))
  }
  if (await storage.exists(`${prefix}/outputs.pb`)) return { outcome: 'succeeded', outputs: { uri: prefix } }
  if (!hasOutputs) return { outcome: 'succeeded', outputs: null }
  return failed('OutputsMissing', `the task ended well, but wrote no outputs to ${prefix}/outputs.pb`)
}

const causes: Partial<Record<NodeJS.Signals, string>> = {
  SIGSEGV: 'a segmentation fault, in native code that it uses',
  SIGBUS: 'a bus error: a file that it has mapped has become shorter, or the disk is full',
  SIGABRT: 'it aborted itself: native code that it uses has found itself in trouble',
  SIGILL: 'native code that it uses is for another kind of processor',
  SIGFPE: 'native code that it uses divided by zero',
  SIGKILL: 'by a person or a program, or by the kernel when the machine had no memory left',
}

function describeSignal(signal: NodeJS.Signals): string {
  const cause = causes[signal]
  return cause === undefined ? `the task was killed by ${signal}` : `the task was killed by ${signal}: ${cause}`
}

const shownLines = 20
const longestTail = 4000

function withLastLines(message: string, { lastLines, place }: Ending): string {
  // Python marks parts of lines in lines of their own.
  const lines = lastLines.filter((line) => !/^[\s^~]*$/.test(line)).slice(-shownLines)
  const tail = localPaths(lines.join('\n'), place).trim().slice(-longestTail)
  return tail === '' ? message : `${message}. Its last lines on standard error:\n${tail}`
}

/** An `error.pb` has no place for it: Python prints it, with the error in its last line. */
function withTraceback(failure: TaskFailure, { lastLines }: Ending): TaskFailure {
  const start = lastLines.findLastIndex((line) => line.startsWith('Traceback (most recent call last)'))
  if (start < 0) return failure
  const lines = lastLines.slice(start)
  const end = lines.findIndex((line, index) => index > 0 && !line.startsWith(' '))
  const [raised = ''] = lines[end]?.split(':') ?? []
  return raised.split('.').at(-1) === failure.code ? { ...failure, stack: lines.slice(0, end + 1).join('\n') } : failure
}

const mebibyte = 2 ** 20

/** Its kind is what Flyte's SDK recognises: a task may be called again with more. */
export function outOfMemory(usedBytes: number, limitBytes: number): TaskFailure {
  const [used, limit] = [usedBytes, limitBytes].map((bytes) => `${Math.ceil(bytes / mebibyte)} MiB`)
  const message =
    `the task used ${used} of memory, and may use ${limit}: it was killed. ` +
    'Give it more with the memory of its resources, or have it use less.'
  return failureOf('OOMKilled', message, { kind: 'user' })
}

async function readError(storage: Storage, uri: string): Promise<TaskFailure | undefined> {
  const bytes = await storage.read(uri).catch((error: unknown) => {
    if (error instanceof NotFoundError) return undefined
    throw error
  })
  if (bytes === undefined) return undefined
  try {
    return fromErrorDocument(fromBinary(ErrorDocumentSchema, bytes))
  } catch {
    return failureOf('ErrorFileBadFormat', `${uri} cannot be read`)
  }
}

// A command that is not there, or is no program, will not be one at the next attempt either.
const finalSpawnErrors = new Set(['ENOENT', 'EACCES', 'EPERM', 'ENOEXEC', 'ENOTDIR', 'E2BIG', 'EINVAL'])

/** Why a process could not be started: for want of something that the machine has at other times, or for good. */
export function cannotSpawn(error: unknown): TaskFailure {
  const { message, code = '' } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) }
  const recoverable = !finalSpawnErrors.has(code)
  // Its image would have it; but its command is run by this machine, as it is.
  const hint = code === 'ENOENT' ? '. The programs of images have to be installed on this machine, and on the PATH' : ''
  return failureOf('SpawnFailed', `the task could not be started: ${message}${hint}`, { recoverable })
}

/** What a process needs before it starts could not be put in its place. */
export function cannotPrepare(error: unknown): TaskFailure {
  const reason = error instanceof Error ? error.message : String(error)
  return failureOf('SpawnFailed', `the task could not be started: ${reason}`)
}

/** What the task has left cannot be looked at. */
export function storageUnavailable(error: unknown): TaskFailure {
  const reason = error instanceof Error ? error.message : String(error)
  return failureOf('StorageUnavailable', `the task has ended, and what it left cannot be read: ${reason}`)
}

function failed(code: FailureCode, message: string): Verdict {
  return { outcome: 'failed', failure: failureOf(code, message) }
}
