import { checkRunName, InvalidArgumentError } from '@tern/core'
import { checkKeys, checkText, checkTexts, checkWhole, invalid, isRecord } from './check-values.ts'
import type { RunOptions } from './run-handle.ts'

const ofRuns: Readonly<Record<keyof RunOptions, true>> = {
  name: true,
  mode: true,
  project: true,
  domain: true,
  envVars: true,
  labels: true,
  annotations: true,
  interruptible: true,
  queue: true,
  maxActionConcurrency: true,
  answerCondition: true,
  customContext: true,
  local: true,
  notify: true,
  overwriteCache: true,
}
const runKeys = new Set(Object.keys(ofRuns))
const localKeys = new Set(['cacheFile', 'secretsFile', 'abortGraceMs', 'output', 'clock'])

/**
 * Checks what runs are started with, wherever they run.
 *
 * @throws InvalidArgumentError naming the option that is wrong
 */
export function checkRunOptions({ name, envVars, maxActionConcurrency = 0 }: RunOptions): void {
  if (name !== undefined) checkRunName(name, 'name')
  checkTexts(envVars, 'envVars')
  if (!Number.isInteger(maxActionConcurrency) || maxActionConcurrency < 0 || maxActionConcurrency === 1) {
    throw new InvalidArgumentError(`maxActionConcurrency ${maxActionConcurrency} must be 0 (no limit), or 2 or more`, {
      field: 'maxActionConcurrency',
      hint: 'With 1, a task that waits for another would wait forever.',
    })
  }
}

/** @throws InvalidArgumentError naming the option that there is not */
export function checkRunKeys(options: RunOptions): void {
  checkKeys(options, runKeys, 'run')
}

/**
 * Checks what is said of local runs alone.
 *
 * @throws InvalidArgumentError naming the option that is wrong
 */
export function checkLocalOptions({ local }: RunOptions): void {
  if (local === undefined) return
  if (!isRecord(local)) throw invalid('local', 'local must be an object')
  checkKeys(local, localKeys, 'local')
  const { cacheFile, secretsFile, abortGraceMs, output } = local
  checkText(cacheFile, 'local.cacheFile')
  checkText(secretsFile, 'local.secretsFile')
  checkWhole(abortGraceMs, 'local.abortGraceMs', 0)
  if (output !== undefined && output !== 'terminal' && output !== 'capture') {
    throw invalid('local.output', `local.output ${JSON.stringify(output)} must be 'terminal' or 'capture'`)
  }
}
