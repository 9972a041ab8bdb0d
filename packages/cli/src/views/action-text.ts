import { renderDetails, renderSection } from '../output/details.ts'
import { stylePhase } from '../output/phase-style.ts'
import type { TextStyle } from '../output/print-result.ts'
import { readableDuration, relativeTime } from '../output/relative-time.ts'
import { type Column, renderTable } from '../output/table.ts'
import type { ActionDetailsView, ActionView, AttemptView, SourceView } from './action-view.ts'

interface Row {
  readonly action: ActionView
  readonly depth: number
}

/** The actions of a run as a tree: each below the one that called it. */
export function actionsText(actions: readonly ActionView[], style: TextStyle): string {
  if (actions.length === 0) return 'No actions.\n'
  const columns: Column<Row>[] = [
    { title: 'ACTION', value: ({ action, depth }) => `${'  '.repeat(depth)}${action.name}`, shrinks: true },
    { title: 'TASK', value: ({ action }) => action.shortName ?? action.task ?? '', shrinks: true },
    { title: 'GROUP', value: ({ action }) => action.group ?? '', shrinks: true },
    phaseColumn(style, ({ action }) => action.phase),
    { title: 'ATTEMPTS', value: ({ action }) => String(action.attempts), align: 'right' },
    { title: 'CACHE', value: ({ action }) => action.cache ?? '' },
    { title: 'STARTED', value: ({ action }) => ago(action.startedAt, style) },
    { title: 'TOOK', value: ({ action }) => took(action, style), align: 'right' },
  ]
  return renderTable(inTreeOrder(actions), columns, style)
}

export function actionDetailsText(action: ActionDetailsView, style: TextStyle): string {
  const { colors } = style
  const facts = renderDetails(
    [
      ['Action', action.name],
      ['Run', action.run],
      ['Task', action.task === null ? undefined : withVersion(action.task, action.taskVersion)],
      ['Group', action.group ?? undefined],
      ['Parent', action.parent ?? undefined],
      ['Phase', stylePhase(action.phase, colors)],
      ['Waits', action.waitsFor?.replace(/^waiting /, '')],
      ['Started', action.startedAt === null ? undefined : `${action.startedAt} (${ago(action.startedAt, style)})`],
      ['Took', took(action, style)],
      ['Cache', action.cache === null ? undefined : `${action.cache}${fromText(action.cachedFrom)}`],
      ['Recovered', action.recoveredFrom === null ? undefined : fromText(action.recoveredFrom).trimStart()],
      ['Aborted', action.abort === null ? undefined : abortText(action)],
    ],
    colors,
  )
  const error = action.error === null ? '' : `\n${renderSection('Error', colors.red(action.error.message), colors)}`
  const attempts =
    action.attemptDetails.length < 2 ? '' : `\n${renderSection('Attempts', attemptsText(action, style), colors)}`
  return facts + error + attempts
}

function fromText(source: SourceView | null): string {
  if (source === null) return ''
  const { action, run, attempt } = source
  return ` from action ${action} of run ${run}${attempt === null || attempt === 1 ? '' : `, attempt ${attempt}`}`
}

/** A task with its version, as commands take it. */
export function withVersion(task: string, version: string | null): string {
  return version === null ? task : `${task}:${version}`
}

export function ago(iso: string | null, style: TextStyle): string {
  return iso === null ? '' : relativeTime(iso, style.now)
}

/** How long it took, or has taken so far. */
export function took(item: Pick<ActionView, 'startedAt' | 'durationMs'>, style: TextStyle): string {
  if (item.durationMs !== null) return readableDuration(item.durationMs)
  return item.startedAt === null ? '' : readableDuration(Math.max(0, style.now - Date.parse(item.startedAt)))
}

export function phaseColumn<T>(style: TextStyle, phaseOf: (row: T) => string): Column<T> {
  return { title: 'PHASE', value: phaseOf, style: (text) => stylePhase(text, style.colors) }
}

function attemptsText({ attemptDetails }: ActionDetailsView, style: TextStyle): string {
  return renderTable<AttemptView>(
    attemptDetails,
    [
      { title: 'ATTEMPT', value: ({ attempt }) => String(attempt), align: 'right' },
      phaseColumn(style, ({ phase }) => phase),
      { title: 'STARTED', value: ({ startedAt }) => ago(startedAt, style) },
      { title: 'TOOK', value: (attempt) => took(attempt, style), align: 'right' },
      { title: 'ERROR', value: ({ error }) => error?.message.split('\n')[0] ?? '', shrinks: true },
    ],
    style,
  )
}

function abortText({ abort }: ActionDetailsView): string | undefined {
  if (abort === null) return undefined
  return abort.by === null ? abort.reason || 'yes' : `${abort.reason} (by ${abort.by})`
}

function inTreeOrder(actions: readonly ActionView[]): Row[] {
  const known = new Set(actions.map(({ name }) => name))
  const children = new Map<string, ActionView[]>()
  const roots: ActionView[] = []
  for (const action of actions) {
    if (action.parent === null || !known.has(action.parent)) roots.push(action)
    else children.set(action.parent, [...(children.get(action.parent) ?? []), action])
  }
  const rows: Row[] = []
  const visit = (action: ActionView, depth: number) => {
    rows.push({ action, depth })
    for (const child of children.get(action.name) ?? []) visit(child, depth + 1)
  }
  for (const root of roots) visit(root, 0)
  return rows
}
