import { join } from 'node:path'
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

export function pathsOf(attempt: Attempt, workDir: string, prevCheckpointPrefix: string): AttemptPaths {
  const { runBase, action, number, run } = attempt
  const prefix = `${runBase}/${action}/${number}`
  const name = `${run.run}-${action}-${number}`
  const workingDir = join(workDir, run.project, run.domain, name)
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
