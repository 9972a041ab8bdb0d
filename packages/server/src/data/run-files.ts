import type { Storage } from '@tern/core/storage'
import type { RunSpec } from '@tern/idl/task'

/** Where the files of a run lie. A run's data is below its base: `{base}/{action}/{attempt}/outputs.pb`. */
export interface StoredAction {
  readonly name: string
  readonly inputsUri: string | null
  readonly outputsUri: string | null
}

const inputsFile = 'inputs.pb'
const outputsFile = 'outputs.pb'

/** Where an action's inputs are, or will be put when somebody asks for them by URI. */
export function inputsUri(runBase: string, action: StoredAction): string {
  return action.inputsUri ?? `${runBase}/${action.name}/${inputsFile}`
}

/** The directory that an attempt writes to. */
export function attemptPrefix(runBase: string, action: string, attempt: number): string {
  return `${runBase}/${action}/${attempt}`
}

/** Where the files of runs go, beside their outputs, that say nothing of it. */
export function defaultRawData(storage: Pick<Storage, 'join' | 'root'>): string {
  return storage.join(storage.root, 'raw')
}

/** Where the files belong that a run's attempts make, beside their outputs. Runs of one name are in many projects, and may say the same place. */
export function rawDataFolder(
  { rawDataStorage }: Pick<RunSpec, 'rawDataStorage'>,
  run: { readonly project: string; readonly domain: string; readonly name: string; readonly runBase: string },
): string {
  // Python's SDK takes the address of a file for a relative path.
  const prefix = rawDataStorage?.rawDataPrefix.replace(/^file:\/\//, '').replace(/\/+$/, '') ?? ''
  return prefix === '' ? `${run.runBase}/raw` : `${prefix}/${run.project}/${run.domain}/${run.name}`
}

/** Outputs and report of an attempt. */
export function attemptFiles(
  runBase: string,
  action: StoredAction,
  attempt: number,
): { readonly outputUri: string; readonly reportUri: string } {
  const prefix = attemptPrefix(runBase, action.name, attempt)
  return { outputUri: outputsFileIn(action.outputsUri ?? prefix), reportUri: `${prefix}/report.html` }
}

/** The outputs' file, given it or the directory it is in. */
export function outputsFileIn(uri: string): string {
  return fileIn(uri, outputsFile)
}

/** The inputs' file, given it or the directory it is in: clients send either. */
export function inputsFileIn(uri: string): string {
  return fileIn(uri, inputsFile)
}

function fileIn(uri: string, file: string): string {
  const trimmed = uri.replace(/\/+$/, '')
  return trimmed.endsWith('.pb') ? trimmed : `${trimmed}/${file}`
}
