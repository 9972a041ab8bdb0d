import type { JsonObject } from '@bufbuild/protobuf'
import type { PhaseName } from '@tern/core'
import type { CliIo } from '../io.ts'
import { renderSection } from '../output/details.ts'
import { stylePhase } from '../output/phase-style.ts'
import type { TextStyle } from '../output/print-result.ts'
import { readableDuration } from '../output/relative-time.ts'
import type { ErrorView } from '../views/action-view.ts'
import { valuesText } from '../views/io-view.ts'

/** A run that was started, as `tern run -o json` shows it. */
export interface StartedRunView {
  readonly name: string
  /** Null for a local run, as is the domain. */
  readonly project: string | null
  readonly domain: string | null
  readonly task: string | null
  readonly taskVersion: string | null
  /** Its page in the console; null for a local run. */
  readonly url: string | null
}

/** A run that has ended, as `tern run --follow -o json` shows it. */
export interface FinishedRunView extends StartedRunView {
  readonly phase: PhaseName
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly durationMs: number | null
  /** Null unless it succeeded. */
  readonly outputs: JsonObject | null
  readonly error: ErrorView | null
}

export function startedRunText({ name, task, url }: StartedRunView, { colors }: TextStyle): string {
  const steps = [`tern get run ${name}`, `tern get logs ${name} --follow`, `tern get io ${name}`]
  return [
    `Started run ${colors.bold(name)}${task === null ? '' : ` of ${task}`}`,
    ...(url === null ? [] : [url]),
    colors.dim(`See more: ${steps.join(', ')}`),
    '',
  ].join('\n')
}

export function finishedRunText(run: FinishedRunView, { colors }: TextStyle): string {
  const outcome = `${stylePhase(run.phase, colors)} ${run.name}`
  const took = run.durationMs === null ? '' : ` in ${readableDuration(run.durationMs)}`
  const outputs = run.outputs === null ? '' : `\n${renderSection('Outputs', valuesText(run.outputs), colors)}`
  return `${outcome}${took}\n${outputs}`
}

/** Says on standard error why a run did not succeed. */
export function reportFailure({ name, phase, error, url }: FinishedRunView, { stderr }: CliIo): void {
  const { colors } = stderr
  const reason = error === null ? `it ended as ${phase}` : error.message
  stderr.write(`${colors.red('error:')} run ${name} did not succeed: ${reason.trimEnd()}\n`)
  if (url !== null) {
    stderr.write(
      `${colors.dim('hint:')} \`tern get action ${name}\` shows what failed, \`tern get logs ${name}\` what it wrote.\n`,
    )
  }
}
