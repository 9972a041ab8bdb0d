import { renderDetails, renderSection } from '../output/details.ts'
import { stylePhase } from '../output/phase-style.ts'
import type { TextStyle } from '../output/print-result.ts'
import { renderTable } from '../output/table.ts'
import { ago, phaseColumn, took, withVersion } from './action-text.ts'
import type { RelationView, RunDetailsView, RunView } from './run-view.ts'

export function runsText(runs: readonly RunView[], style: TextStyle): string {
  if (runs.length === 0) return 'No runs.\n'
  return renderTable<RunView>(
    runs,
    [
      { title: 'RUN', value: ({ name }) => name },
      { title: 'TASK', value: ({ task, shortName }) => task ?? shortName ?? '', shrinks: true },
      phaseColumn(style, ({ phase }) => phase),
      { title: 'STARTED', value: ({ startedAt }) => ago(startedAt, style) },
      { title: 'TOOK', value: (run) => took(run, style), align: 'right' },
      { title: 'BY', value: ({ startedBy }) => startedBy ?? '', shrinks: true },
    ],
    style,
  )
}

export function runDetailsText(run: RunDetailsView, style: TextStyle): string {
  const { colors } = style
  const labels = Object.entries(run.labels).map(([key, value]) => `${key}=${value}`)
  const facts = renderDetails(
    [
      ['Run', run.name],
      ['Project', `${run.project}, ${run.domain}`],
      ['Task', run.task === null ? undefined : withVersion(run.task, run.taskVersion)],
      ['Phase', stylePhase(run.phase, colors)],
      ['Started', run.startedAt === null ? undefined : `${run.startedAt} (${ago(run.startedAt, style)})`],
      ['Took', took(run, style)],
      ['By', run.startedBy ?? undefined],
      ['Trigger', run.trigger === null ? undefined : `${run.trigger.name}, revision ${run.trigger.revision}`],
      ['From', run.relation === null ? undefined : relationText(run.relation)],
      ['Labels', labels.join(', ')],
      ['Attempts', run.attempts > 1 ? String(run.attempts) : undefined],
      ['Aborted', run.abort === null ? undefined : run.abort.reason || 'yes'],
      ['URL', run.url],
    ],
    colors,
  )
  return run.error === null ? facts : `${facts}\n${renderSection('Error', colors.red(run.error.message), colors)}`
}

const relations: Readonly<Record<string, string>> = { RERUN: 'rerun of', RECOVER: 'recovers', SPAWN: 'started by' }

function relationText({ type, run }: RelationView): string {
  return `${relations[type] ?? type} ${run}`
}
