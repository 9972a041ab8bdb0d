import { renderDetails, renderSection } from '../output/details.ts'
import { stylePhase } from '../output/phase-style.ts'
import type { TextStyle } from '../output/print-result.ts'
import { readableDuration } from '../output/relative-time.ts'
import { renderTable } from '../output/table.ts'
import { ago } from './action-text.ts'
import type { TaskDetailsView, TaskVersionView, TaskView, VariableView } from './task-view.ts'

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

export function taskVersionsText(versions: readonly TaskVersionView[], style: TextStyle): string {
  return renderTable<TaskVersionView>(
    versions,
    [
      { title: 'VERSION', value: ({ version }) => version, shrinks: true },
      { title: 'DEPLOYED', value: ({ deployedAt }) => ago(deployedAt, style) },
      { title: 'BY', value: ({ deployedBy }) => deployedBy ?? '', shrinks: true },
      { title: 'LATEST RUN', value: ({ latestRun }) => latestRun?.name ?? '' },
      {
        title: 'PHASE',
        value: ({ latestRun }) => latestRun?.phase ?? '',
        style: (text) => stylePhase(text, style.colors),
      },
      { title: 'STARTED', value: ({ latestRun }) => ago(latestRun?.at ?? null, style) },
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
      ['Deprecated', task.deprecated === null ? undefined : colors.yellow(task.deprecated)],
      ['Deployed', task.deployedAt === null ? undefined : `${task.deployedAt} (${ago(task.deployedAt, style)})`],
      ['By', task.deployedBy ?? undefined],
      ['Type', task.type],
      ['Retries', task.retries === 0 ? undefined : String(task.retries)],
      ['Timeout', task.timeoutMs === null ? undefined : readableDuration(task.timeoutMs)],
      ['Cached', cachingText(task)],
      ['Resources', resourcesText(task)],
      ['Triggers', triggersText(task)],
      ['Source', task.sourceUrl ?? undefined],
    ],
    colors,
  )
  return facts + interfaceText(task, style)
}

/** What something takes and gives, each in a section of its own. */
export function interfaceText(
  { inputs, outputs }: Pick<TaskDetailsView, 'inputs' | 'outputs'>,
  style: TextStyle,
): string {
  const section = (title: string, variables: readonly VariableView[]) =>
    variables.length === 0 ? '' : `\n${renderSection(title, variablesText(variables, style), style.colors)}`
  return section('Inputs', inputs) + section('Outputs', outputs.map(asVariable))
}

function cachingText({ caching }: TaskDetailsView): string | undefined {
  if (caching === null) return undefined
  const facts = [
    caching.version === '' ? '' : `version ${caching.version}`,
    caching.serialized ? 'equal calls wait for each other' : '',
    caching.ignoredInputs.length === 0 ? '' : `whatever ${caching.ignoredInputs.join(', ')}`,
  ].filter(Boolean)
  return facts.length === 0 ? 'yes' : `yes, ${facts.join(', ')}`
}

function resourcesText({ resources: { requests, limits } }: TaskDetailsView): string {
  const kinds = [...new Set([...Object.keys(requests), ...Object.keys(limits)])]
  return kinds
    .map((kind) => `${kind} ${requests[kind] ?? 'any'}${limits[kind] === undefined ? '' : ` to ${limits[kind]}`}`)
    .join(', ')
}

function triggersText({ name, triggers: { total, active } }: TaskDetailsView): string | undefined {
  if (total === 0) return undefined
  const state = total === active ? (total === 1 ? 'on' : 'all on') : `${active} on`
  return `${total} (${state}); tern get trigger ${name} lists them`
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
