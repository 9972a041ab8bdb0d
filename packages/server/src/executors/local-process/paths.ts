import { join } from 'node:path'
import type { RunKey } from '../../engine/model.ts'
import type { Attempt } from '../executor.ts'
import { checkpointOf } from './checkpoints.ts'

/** Where an attempt finds its inputs and leaves what it makes. */
export interface AttemptPaths {
  /** Its inputs.pb. */
  readonly input: string
  readonly outputPrefix: string
  readonly rawOutputDataPrefix: string
  readonly checkpointOutputPrefix: string
  readonly prevCheckpointPrefix: string
  readonly workingDir: string
  readonly tmpDir: string
}

/** Where the attempts of a run work. What they leave there may be what the run's results refer to. */
export function workFolderOf(workDir: string, { project, domain, run }: RunKey): string {
  return join(workDir, project, domain, run)
}

export function pathsOf(attempt: Attempt, workDir: string, prevCheckpointPrefix: string): AttemptPaths {
  const { runBase, action, number, run } = attempt
  const prefix = `${runBase}/${action}/${number}`
  const workingDir = join(workFolderOf(workDir, run), `${action}-${number}`)
  return {
    input: 'uri' in attempt.inputs ? attempt.inputs.uri : `${runBase}/${action}/inputs.pb`,
    outputPrefix: prefix,
    rawOutputDataPrefix: attempt.rawDataPrefix,
    checkpointOutputPrefix: checkpointOf(attempt, number),
    prevCheckpointPrefix,
    workingDir,
    tmpDir: join(workingDir, 'tmp'),
  }
}
