import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toBinary } from '@bufbuild/protobuf'
import { UnavailableError } from '@tern/core'
import { FileStorage } from '@tern/core/storage'
import { ContainerError_Kind, ErrorDocumentSchema, ExecutionError_ErrorKind } from '@tern/idl/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ProcessExit } from './started-process.ts'
import { cannotSpawn, type Ending, readVerdict, storageUnavailable } from './verdict.ts'

let folder: string
let storage: FileStorage

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tern-verdict-'))
  storage = new FileStorage(folder)
})
afterEach(() => rm(folder, { recursive: true }))

const place = { workingDir: '/work', python: null }
const well: ProcessExit = { code: 0, signal: null, error: null }

function anEnding(ending: Partial<Ending> = {}): Ending {
  return {
    exit: well,
    prefix: folder,
    hasOutputs: true,
    saysByExitCode: false,
    hasMachineRunOut: false,
    place,
    lastLines: [],
    ...ending,
  }
}

async function leaveError(kind: ContainerError_Kind, origin: ExecutionError_ErrorKind): Promise<void> {
  const error = { $typeName: 'flyteidl2.core.ContainerError', code: 'E', message: 'm', kind, origin } as const
  const document = { $typeName: 'flyteidl2.core.ErrorDocument', error } as const
  await storage.write(join(folder, 'error.pb'), toBinary(ErrorDocumentSchema, document))
}

const { NON_RECOVERABLE, RECOVERABLE } = ContainerError_Kind
const { UNKNOWN, USER, SYSTEM } = ExecutionError_ErrorKind

test.each([
  ['an error that says nothing of itself', NON_RECOVERABLE, UNKNOWN, 'user', false],
  ['one that may be tried again', RECOVERABLE, USER, 'user', true],
  ['one that may not', NON_RECOVERABLE, USER, 'user', false],
  ['one of the system', RECOVERABLE, SYSTEM, 'system', true],
  ['one of the system that stays', NON_RECOVERABLE, SYSTEM, 'system', false],
])('%s is what it says', async (_, errorKind, origin, kind, recoverable) => {
  await leaveError(errorKind, origin)
  expect(await readVerdict(storage, anEnding())).toEqual({
    outcome: 'failed',
    failure: { code: 'E', message: 'm', kind, recoverable },
  })
})

test('the exit code of a task that can say nothing else is its own error, and worth another attempt', async () => {
  const exit: ProcessExit = { code: 3, signal: null, error: null }
  const ending = anEnding({ exit, saysByExitCode: true, lastLines: ['no such row'] })
  expect(await readVerdict(storage, ending)).toEqual({
    outcome: 'failed',
    failure: {
      code: 'NonZeroExit',
      message: 'the task ended with exit code 3. Its last lines on standard error:\nno such row',
      kind: 'user',
      recoverable: true,
    },
  })
})

test('an error has the traceback that was printed for it, and none that was for another', async () => {
  await leaveError(RECOVERABLE, USER)
  const frames = ['Traceback (most recent call last):', '  File "main.py", line 3, in main']
  const printed = (last: string) => anEnding({ lastLines: ['before', ...frames, last, 'after'] })
  const stack = [...frames, 'main.E: m'].join('\n')
  expect(await readVerdict(storage, printed('main.E: m'))).toMatchObject({ failure: { message: 'm', stack } })
  const other = await readVerdict(storage, printed('ValueError: x'))
  expect(other).toEqual({ outcome: 'failed', failure: expect.not.objectContaining({ stack: expect.anything() }) })
})

test('an error file that is none is told', async () => {
  await storage.write(join(folder, 'error.pb'), new Uint8Array([0xff]))
  expect(await readVerdict(storage, anEnding())).toMatchObject({
    failure: { code: 'ErrorFileBadFormat', kind: 'system' },
  })
})

test.each<[string, Partial<Ending>, string]>([
  ['killed', { exit: { ...well, code: null, signal: 'SIGKILL' } }, 'Interrupted'],
  ['killed when memory was short', { exit: { ...well, signal: 'SIGKILL' }, hasMachineRunOut: true }, 'OOMKilled'],
  ['ended without a word', { exit: { ...well, code: 3 } }, 'Interrupted'],
  ['ended well, without outputs', {}, 'OutputsMissing'],
])('a task that was %s may be run again at the expense of the system', async (_, ending, code) => {
  const verdict = await readVerdict(storage, anEnding(ending))
  expect(verdict).toMatchObject({ failure: { code, kind: 'system', recoverable: true } })
})

test('a storage that cannot be read says nothing of the task', async () => {
  const broken = new FileStorage(folder)
  broken.read = () => Promise.reject(new UnavailableError('cannot read it: EIO'))
  const error = await readVerdict(broken, anEnding()).catch((thrown: unknown) => thrown)
  expect(storageUnavailable(error)).toMatchObject({ code: 'StorageUnavailable', kind: 'system', recoverable: true })
})

test.each([
  ['ENOENT', false],
  ['EACCES', false],
  ['EAGAIN', true],
  ['ENOMEM', true],
  ['EMFILE', true],
])('a process that cannot be started because of %s is tried again: %s', (code, recoverable) => {
  const failure = cannotSpawn(Object.assign(new Error(`spawn ${code}`), { code }))
  expect(failure).toMatchObject({ code: 'SpawnFailed', kind: 'system', recoverable })
})
