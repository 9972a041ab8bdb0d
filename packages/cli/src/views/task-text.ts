import { renderDetails, renderSection } from '../output/details.ts'
import { stylePhase } from '../output/phase-style.ts'
import type { TextStyle } from '../output/print-result.ts'
import { readableDuration } from '../output/relative-time.ts'
import { renderTable } from '../output/table.ts'
import { ago } from './action-text.ts'
import type { TaskDetailsView, TaskView, VariableView } from './task-view.ts'

export function tasksText(tasks: readonly TaskView[], style: TextStyle): string {
  if (tasks.length === 0) return 'No tasks. Deploy some with `tern deploy FILE`.\n'
  return renderTable<TaskView>(
    tasks,
    [
      { title: 'TASK', value: ({ name }) => name },
      { title: 'VERSION', value: ({ version }) => version, shrinks: true },
      { title: 'DEPLOYED', value: ({ deployedAt }) => ago(deployedAt, style) },
      {
        title: 'LATEST RUN',
        value: ({ latestRun }) => latestRun?.phase ?? '',
        style: (text) => stylePhase(text, style.colors),
      },
      { title: 'DESCRIPTION', value: ({ description }) => description ?? '', shrinks: true },
    ],
    style,
  )
}

export function taskText(task: TaskDetailsView, style: TextStyle): string {
  const { colors } = style
  const facts = renderDetails(
    [
      ['Task', task.name],
      ['Version', task.version],
      ['Project', `${task.project}, ${task.domain}`],
      ['Description', task.description ?? undefined],
      ['Deployed', task.deployedAt === null ? undefined : `${task.deployedAt} (${ago(task.deployedAt, style)})`],
      ['By', task.deployedBy ?? undefined],
      ['Type', task.type],
      ['Retries', task.retries === 0 ? undefined : String(task.retries)],
      ['Timeout', task.timeoutMs === null ? undefined : readableDuration(task.timeoutMs)],
      ['Cached', task.cached ? 'yes' : undefined],
    ],
    colors,
  )
  const inputs =
    task.inputs.length === 0 ? '' : `\n${renderSection('Inputs', variablesText(task.inputs, style), colors)}`
  const outputs =
    task.outputs.length === 0
      ? ''
      : `\n${renderSection('Outputs', variablesText(task.outputs.map(asVariable), style), colors)}`
  return facts + inputs + outputs
}

function variablesText(variables: readonly VariableView[], style: TextStyle): string {
  return renderTable<VariableView>(
    variables,
    [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'TYPE', value: ({ type }) => type, shrinks: true },
      { title: 'DEFAULT', value: ({ default: value }) => (value === null ? '' : JSON.stringify(value)), shrinks: true },
      { title: 'DESCRIPTION', value: ({ description }) => description ?? '', shrinks: true },
    ],
    style,
  )
}

function asVariable(variable: Pick<VariableView, 'name' | 'type' | 'description'>): VariableView {
  return { ...variable, required: false, default: null }
}
