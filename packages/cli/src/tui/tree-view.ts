import type { LocalActionState, RunState } from '@tern/sdk'
import { Box, Text } from 'ink'
import { createElement as h, type ReactElement } from 'react'
import { readableDuration } from '../output/relative-time.ts'
import { cutLine } from './detail-lines.ts'
import type { Question as QuestionAsked } from './screen-run.ts'
import type { TreeRow } from './tree-rows.ts'
import { tabs, type TreeState } from './tree-state.ts'

/** Everything that is on the screen. */
export interface Screen {
  readonly title: string
  readonly run: RunState
  readonly counts: ReadonlyMap<string, number>
  readonly rows: readonly TreeRow[]
  readonly state: TreeState
  readonly details: readonly string[]
  readonly question: QuestionAsked | undefined
  readonly columns: number
  readonly lines: number
  /** UTC epoch milliseconds. */
  readonly now: number
}

/** How many lines of the screen the parts have. */
export function layout(lines: number): { readonly treeSize: number; readonly detailSize: number } {
  // Two for the heading, two for the tabs, one for the keys.
  const free = Math.max(4, lines - 6)
  const treeSize = Math.max(2, Math.ceil(free * 0.6))
  return { treeSize, detailSize: Math.max(1, free - treeSize) }
}

const icons: Readonly<Record<string, { readonly icon: string; readonly color: string }>> = {
  SUCCEEDED: { icon: '✓', color: 'green' },
  RECOVERED: { icon: '✓', color: 'green' },
  FAILED: { icon: '✗', color: 'red' },
  TIMED_OUT: { icon: '⏱', color: 'red' },
  ABORTED: { icon: '■', color: 'yellow' },
  PAUSED: { icon: '?', color: 'magenta' },
  RUNNING: { icon: '▶', color: 'cyan' },
}
const waiting = { icon: '·', color: 'gray' }

/** A run as a tree, with what there is to know of the selected action below it. */
export function TreeView(screen: Screen): ReactElement {
  const { columns, lines } = screen
  return h(
    Box,
    { flexDirection: 'column', width: columns, height: lines - 1 },
    h(Heading, screen),
    h(Tree, screen),
    h(Tabs, screen),
    h(Details, screen),
    h(Footer, screen),
  )
}

function Heading({ title, run, counts, columns, now }: Screen): ReactElement {
  const { color } = icons[run.phase] ?? waiting
  const took = readableDuration((run.endedAt?.getTime() ?? now) - (run.startedAt?.getTime() ?? now))
  const parts = [...counts].map(([phase, count]) => `${count} ${phase.toLowerCase().replaceAll('_', ' ')}`)
  return h(
    Box,
    { flexDirection: 'column' },
    h(
      Text,
      { wrap: 'truncate' },
      h(Text, { color, bold: true }, run.phase),
      ` ${title} `,
      h(Text, { dimColor: true }, `${run.name} ${took}`),
    ),
    h(Text, { dimColor: true, wrap: 'truncate' }, cutLine(parts.join(' · '), columns)),
  )
}

function Tree({ rows, state, columns, lines, now }: Screen): ReactElement {
  const { treeSize } = layout(lines)
  const at = Math.max(
    0,
    rows.findIndex(({ action }) => action.name === state.selected),
  )
  const first = Math.max(0, Math.min(at - Math.floor(treeSize / 2), rows.length - treeSize))
  const window = rows.slice(first, first + treeSize)
  return h(
    Box,
    { flexDirection: 'column', height: treeSize },
    window.map((row) => h(Row, { key: row.action.name, row, state, columns, now })),
  )
}

interface RowProps {
  readonly row: TreeRow
  readonly state: TreeState
  readonly columns: number
  readonly now: number
}

function Row({ row: { action, depth, hasChildren }, state, columns, now }: RowProps): ReactElement {
  const { icon, color } = icons[action.phase] ?? waiting
  const fold = hasChildren ? (state.folded.has(action.name) ? '▸' : '▾') : ' '
  const indent = ' '.repeat(Math.min(2 * depth, Math.max(0, columns - 30)))
  const facts = factsOf(action, now)
  const room = columns - indent.length - facts.length - 6
  const title = cutLine(action.group === '' ? action.title : `${action.title} [${action.group}]`, Math.max(8, room))
  return h(
    Text,
    { wrap: 'truncate', inverse: action.name === state.selected },
    `${indent}${fold} `,
    h(Text, { color }, icon),
    ` ${title} `,
    h(Text, { dimColor: true }, facts),
  )
}

function factsOf(action: LocalActionState, now: number): string {
  const { attemptCount, cache, kind, startedAt, endedAt, isFinal } = action
  return [
    ...(kind === 'task' ? [] : [kind]),
    ...(attemptCount > 1 ? [`attempt ${attemptCount}`] : []),
    ...(cache === 'hit' ? ['cached'] : []),
    ...(isFinal || action.phase === 'RUNNING' ? [] : [action.phase.toLowerCase().replaceAll('_', ' ')]),
    readableDuration((endedAt?.getTime() ?? now) - startedAt.getTime()),
  ].join(' ')
}

function Tabs({ state, columns }: Screen): ReactElement {
  return h(
    Box,
    { flexDirection: 'column' },
    h(Text, { dimColor: true }, '─'.repeat(columns)),
    h(
      Text,
      { wrap: 'truncate' },
      ...tabs.flatMap((tab, index) => [
        h(Text, { key: tab, bold: tab === state.tab, inverse: tab === state.tab }, ` ${index + 1} ${tab} `),
        ' ',
      ]),
    ),
  )
}

function Details({ details, state, columns, lines }: Screen): ReactElement {
  const { detailSize } = layout(lines)
  const last = Math.max(0, details.length - detailSize)
  const first = Math.min(state.scroll ?? (state.tab === 'logs' ? last : 0), last)
  return h(
    Box,
    { flexDirection: 'column', height: detailSize },
    details
      .slice(first, first + detailSize)
      .map((line, index) => h(Text, { key: index, wrap: 'truncate' }, cutLine(line, columns) || ' ')),
  )
}

function Footer({ state, question, run, columns }: Screen): ReactElement {
  if (state.isLeaving) return h(Text, { color: 'yellow' }, 'The run goes on. Abort it? (y/n)')
  if (state.typing === 'filter') return h(Text, {}, `/${state.filter}`, h(Text, { inverse: true }, ' '))
  if (question !== undefined) return h(Question, { question, state, columns })
  const keys = `↑↓ move  ←→ fold  tab inputs/outputs/logs/error  J/K scroll  / filter${state.filter === '' ? '' : ` “${state.filter}”`}  q ${run.isFinal ? 'close' : 'quit'}`
  return h(Text, { dimColor: true, wrap: 'truncate' }, keys)
}

interface QuestionProps {
  readonly question: QuestionAsked
  readonly state: TreeState
  readonly columns: number
}

function Question({ question, state, columns }: QuestionProps): ReactElement {
  const { prompt, type } = question
  if (state.typing !== 'answer') {
    return h(Text, { color: 'magenta', wrap: 'truncate' }, cutLine(`? ${prompt} (${type})  press a to answer`, columns))
  }
  const complaint = state.complaint === '' ? '' : `  ${state.complaint}`
  return h(
    Text,
    { color: 'magenta', wrap: 'truncate' },
    `? ${prompt} (${type}) `,
    h(Text, { color: 'white' }, state.answer),
    h(Text, { inverse: true }, ' '),
    h(Text, { color: 'red' }, complaint),
  )
}
