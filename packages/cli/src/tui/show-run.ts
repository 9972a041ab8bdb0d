import type { LocalActionState, RunState } from '@tern/sdk'
import { type Key, render, useApp, useInput, useWindowSize } from 'ink'
import { createElement as h, type ReactElement, useEffect, useReducer, useRef } from 'react'
import { detailLines } from './detail-lines.ts'
import type { ScreenQuestions, ScreenRun } from './screen-run.ts'
import { toRows } from './tree-rows.ts'
import { initialState, type Keystroke, type KeyName, react, type TreeState } from './tree-state.ts'
import { layout, type Screen, TreeView } from './tree-view.ts'

export interface ShownRun {
  readonly handle: ScreenRun
  /** Full name of its task. */
  readonly taskName: string
  readonly questions: ScreenQuestions
  /** Whether leaving it ends it. */
  readonly endsWithScreen: boolean
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

function RunScreen({ handle, taskName, questions, endsWithScreen, now }: ShownRun): ReactElement {
  const { exit } = useApp()
  const { columns, rows: lines } = useWindowSize()
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  // Several keys may come between two pictures, and each of them counts.
  const view = useRef(initialState)
  const run = useRef<RunState>({ ...unknown, name: handle.name })
  // What has changed is asked for, and not told: a thousand changes are one picture, and what draws it belongs to no task.
  useEffect(() => {
    const timer = setInterval(() => {
      void handle.details().then((details) => {
        run.current = details
        redraw()
      })
    }, redrawMs)
    return () => clearInterval(timer)
  }, [handle])
  const { treeSize, detailSize } = layout(lines)
  const look = () => toPicture(handle.actions, view.current)

  useInput((input, key) => {
    for (const stroke of toKeystrokes(input, key)) {
      const { rows, details } = look()
      const { state, command } = react(view.current, stroke, {
        rows: rows.map(({ action: { name, parentName }, hasChildren }) => ({ name, parentName, hasChildren })),
        pageSize: treeSize,
        detailCount: details.length,
        detailSize,
        isRunning: endsWithScreen && !run.current.isFinal,
        isAsked: questions.current !== undefined,
      })
      view.current = command === 'answer' ? answered(state, questions) : state
      handle.select?.(view.current.selected)
      if (command === 'quit') exit()
      if (command === 'abort') void handle.abort('aborted on the terminal').then(() => exit())
    }
    redraw()
  })

  return h(TreeView, {
    ...look(),
    title: taskName,
    run: run.current,
    counts: countsOf(handle.actions),
    state: view.current,
    question: questions.current,
    columns,
    lines,
    now: now(),
  })
}

function toPicture(actions: readonly LocalActionState[], state: TreeState): Pick<Screen, 'rows' | 'details'> {
  const selected = actions.find(({ name }) => name === state.selected)
  return { rows: toRows(actions, state), details: selected === undefined ? [] : detailLines(selected, state.tab) }
}

function answered(state: TreeState, questions: ScreenQuestions): TreeState {
  const complaint = questions.give(state.answer.trim())
  return complaint === '' ? { ...state, typing: null, answer: '', complaint } : { ...state, complaint }
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

function toKeystrokes(input: string, key: Key): Keystroke[] {
  const name = nameOf(input, key)
  if (name !== undefined) return [{ input: '', name }]
  if (key.ctrl || key.meta) return []
  return Array.from(input, toStroke)
}

// What is typed fast, or pasted, comes as a whole.
function toStroke(character: string): Keystroke {
  if (character === '\r' || character === '\n') return { input: '', name: 'return' }
  return character === '\u007f' || character === '\b' ? { input: '', name: 'backspace' } : { input: character }
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
