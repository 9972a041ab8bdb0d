import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, fromBinary } from '@bufbuild/protobuf'
import { NonRecoverableError, RecoverableError } from '@tern/core'
import { ContainerFiles, containerLayoutOf, machineEnv } from '@tern/core/containers'
import { createStorage } from '@tern/core/storage'
import { type NamedLiteral, InputsSchema } from '@tern/idl/task'
import { TaskTemplateSchema } from '@tern/idl/core'
import type { TaskContext } from '../authoring/context.ts'
import { secretVariable } from '../authoring/task-spec.ts'
import { currentPlace } from '../io/current-place.ts'
import { localFilesRoot } from '../io/place.ts'
import { storeValues } from '../io/store-values.ts'
import { writeValues } from '../types/literal-wire.ts'
import { endWithProcess, signalGroup } from './process-groups.ts'
import type { KindTask, TaskKind } from './task-kind.ts'

/** The process of a container task has ended with another exit code than 0. */
class NonZeroExit extends RecoverableError {
  override readonly name = 'NonZeroExit'
  override readonly code = 'NonZeroExit'
}

/** The program of a container task is not on this machine. */
class SpawnFailed extends NonRecoverableError {
  override readonly name = 'SpawnFailed'
  override readonly code = 'SpawnFailed'
}

const graceMs = 5_000
const keptOutput = 4_000

/** Runs a container task as a process of this machine, with its inputs and outputs in files. */
export async function runContainer(
  kind: TaskKind,
  inputs: Readonly<Record<string, unknown>>,
  context: TaskContext,
  task: KindTask,
): Promise<unknown> {
  const template = create(TaskTemplateSchema, { type: kind.type, interface: task.interface.typed })
  kind.describe(template, task, { org: '', project: '', domain: '', version: '', bundleUri: '' })
  const layout = containerLayoutOf(template)
  if (layout === undefined || template.target.case !== 'container') throw new TypeError(`${task.name} is no container`)
  const { command, args } = template.target.value
  const folder = await mkdtemp(join(tmpdir(), 'tern-container-'))
  try {
    const rawDataPrefix = localFilesRoot(...placeOf(context), folder.slice(-6))
    const place = { folder, rawDataPrefix, storage: createStorage(rawDataPrefix) }
    const files = await ContainerFiles.stage(layout, await toInputs(task, inputs), place)
    const argv = [...command, ...args].map((part) => files.withValues(files.withPaths(part)))
    await mkdir(rawDataPrefix, { recursive: true })
    await runProcess(argv, { folder, env: variablesOf(kind, task), signal: context.signal, name: task.name })
    return toResult(task, await files.collect())
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function placeOf({ run, action, attempt }: TaskContext): string[] {
  return run.name === '' ? ['unattached'] : [run.name, `${action.name}-${attempt}`]
}

async function toInputs({ interface: { inputs } }: KindTask, given: Readonly<Record<string, unknown>>) {
  const values = inputs.map(({ name }) => given[name])
  return fromBinary(InputsSchema, writeValues(inputs, await storeValues(inputs, values, currentPlace)).bytes)
}

function toResult({ interface: { outputs, outputKind } }: KindTask, literals: readonly NamedLiteral[]): unknown {
  const values = outputs.map(({ name, codec }) => {
    const value = literals.find((literal) => literal.name === name)?.value
    return [name, value && codec.fromLiteral(value)] as const
  })
  return outputKind === 'single' ? values[0]?.[1] : outputKind === 'none' ? undefined : Object.fromEntries(values)
}

function variablesOf(kind: TaskKind, { options }: KindTask): Record<string, string> {
  const names = [...options.secrets, ...kind.secrets].map(secretVariable)
  const secrets = names.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...machineEnv(), ...options.envVars, ...Object.fromEntries(secrets) }
}

interface ProcessOptions {
  readonly folder: string
  readonly env: Record<string, string>
  readonly signal: AbortSignal
  /** Of the task. */
  readonly name: string
}

async function runProcess([program = '', ...args]: readonly string[], options: ProcessOptions): Promise<void> {
  const { folder, env, signal, name } = options
  signal.throwIfAborted()
  // In a group of its own: what it starts goes with it.
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const { pid } = child
  const end = (how: NodeJS.Signals) => pid !== undefined && signalGroup(pid, how)
  // A run ends with its process, and so does what it has started.
  const letGo = pid === undefined ? undefined : endWithProcess(pid)
  let force: NodeJS.Timeout | undefined
  const stop = () => {
    end('SIGTERM')
    force = setTimeout(() => end('SIGKILL'), graceMs)
  }
  let last = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => process.stdout.write(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    last = (last + text).slice(-keptOutput)
    process.stderr.write(text)
  })
  signal.addEventListener('abort', stop, { once: true })
  // What it left running would keep its output open, and this waiting.
  child.once('exit', () => end('SIGKILL'))
  try {
    const [code, how] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    signal.throwIfAborted()
    if (code === 0) return
    const message = code === null ? `was killed by ${how}` : `ended with exit code ${code}`
    const said = last.trim() === '' ? '' : `. Its last lines on standard error:\n${last.trim()}`
    throw new NonZeroExit(`the task ${message}${said}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall?.startsWith('spawn') !== true) throw error
    throw new SpawnFailed(`task ${name} could not be started: ${(error as Error).message}`, {
      hint: 'In a process of this machine, and not in its image, a container task needs its program on the PATH.',
      cause: error,
    })
  } finally {
    signal.removeEventListener('abort', stop)
    clearTimeout(force)
    letGo?.()
  }
}
