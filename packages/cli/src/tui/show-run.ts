import type { LocalActionState, RunState } from '@tern/sdk'
import type { LocalWireRun } from '@tern/sdk/bundle'
import { type Key, render, useApp, useInput, useWindowSize } from 'ink'
import { createElement as h, type ReactElement, useEffect, useState } from 'react'
import { detailLines } from './detail-lines.ts'
import type { Questions } from './questions.ts'
import { toRows } from './tree-rows.ts'
import { initialState, type Keystroke, type KeyName, react, type Surroundings } from './tree-state.ts'
import { layout, TreeView } from './tree-view.ts'

export interface ShownRun {
  readonly handle: LocalWireRun
  /** Full name of its task. */
  readonly taskName: string
  readonly questions: Questions
  readonly now: () => number
}

const redrawMs = 100

/** Shows a run on the whole terminal, until the user leaves it. */
export async function showRun(shown: ShownRun): Promise<void> {
  const instance = render(h(RunScreen, shown), {
    alternateScreen: true,
    exitOnCtrlC: false,
    patchConsole: false,
    incrementalRendering: true,
    interactive: true,
  })
  await instance.waitUntilExit()
}

/** The same, wherever it is drawn. */
export function RunScreen({ handle, taskName, questions, now }: ShownRun): ReactElement {
  const { exit } = useApp()
  const { columns, rows: lines } = useWindowSize()
  const [state, setState] = useState(initialState)
  const [run, setRun] = useState<RunState>()
  const [, redraw] = useState(0)
  // What has changed is asked for, and not told: a thousand changes are one picture, and what draws it belongs to no task.
  useEffect(() => {
    const timer = setInterval(() => {
      void handle.details().then(setRun)
      redraw((count) => count + 1)
    }, redrawMs)
    return () => clearInterval(timer)
  }, [handle])
  const { actions } = handle
  const rows = toRows(actions, state)
  const question = questions.current
  const selected = actions.find(({ name }) => name === state.selected)
  const details = selected === undefined ? [] : detailLines(selected, state.tab)
  const { treeSize, detailSize } = layout(lines)
  const current = run ?? { ...unknown, name: handle.name }
  const around: Surroundings = {
    rows: rows.map(({ action: { name, parentName }, hasChildren }) => ({ name, parentName, hasChildren })),
    pageSize: treeSize,
    detailCount: details.length,
    detailSize,
    isRunning: !current.isFinal,
    isAsked: question !== undefined,
  }
  useInput((input, key) => {
    // Text that is pasted comes as a whole.
    const strokes = toKeystrokes(input, key, state.typing !== null)
    let next = state
    for (const stroke of strokes) {
      const reaction = react(next, stroke, around)
      next = reaction.state
      if (reaction.command === 'quit') exit()
      if (reaction.command === 'abort') void handle.abort('aborted on the terminal').then(() => exit())
      if (reaction.command === 'answer') {
        const complaint = questions.give(next.answer.trim())
        next = complaint === '' ? { ...next, typing: null, answer: '', complaint } : { ...next, complaint }
      }
    }
    setState(next)
  })
  const screen = { title: taskName, run: current, counts: countsOf(actions), rows, state, details, question }
  return h(TreeView, { ...screen, columns, lines, now: now() })
}

const unknown: Omit<RunState, 'name'> = {
  phase: 'QUEUED',
  isFinal: false,
  attempts: 1,
  startedAt: undefined,
  endedAt: undefined,
  error: undefined,
}

function countsOf(actions: readonly LocalActionState[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { phase } of actions) counts.set(phase, (counts.get(phase) ?? 0) + 1)
  return counts
}

function toKeystrokes(input: string, key: Key, isTyping: boolean): Keystroke[] {
  const name = nameOf(input, key)
  if (name !== undefined) return [{ input: '', name }]
  if (key.ctrl || key.meta) return []
  return isTyping ? [{ input }] : [...input].map((character) => ({ input: character }))
}

function nameOf(input: string, key: Key): KeyName | undefined {
  if (key.ctrl && input === 'c') return 'interrupt'
  if (key.upArrow) return 'up'
  if (key.downArrow) return 'down'
  if (key.leftArrow) return 'left'
  if (key.rightArrow) return 'right'
  if (key.pageUp) return 'pageUp'
  if (key.pageDown) return 'pageDown'
  if (key.home) return 'home'
  if (key.end) return 'end'
  if (key.return) return 'return'
  if (key.escape) return 'escape'
  if (key.tab) return key.shift ? 'shiftTab' : 'tab'
  if (key.backspace || key.delete) return 'backspace'
  return undefined
}
