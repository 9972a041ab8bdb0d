/** What is looked at of the selected action. */
export const tabs = ['inputs', 'outputs', 'logs', 'error'] as const
export type Tab = (typeof tabs)[number]

/** What the user has chosen to see. */
export interface TreeState {
  /** Name of the selected action. */
  readonly selected: string
  readonly folded: ReadonlySet<string>
  readonly filter: string
  readonly tab: Tab
  /** First line of the details that is shown; null for the last ones, as they come. */
  readonly scroll: number | null
  /** What typed text goes into, if not into commands. */
  readonly typing: 'filter' | 'answer' | null
  /** The answer so far. */
  readonly answer: string
  /** Why the last answer was not taken. */
  readonly complaint: string
  /** The user wants to leave while the run goes on, and is asked whether to abort it. */
  readonly isLeaving: boolean
}

export const initialState: TreeState = {
  selected: 'a0',
  folded: new Set(),
  filter: '',
  tab: 'logs',
  scroll: null,
  typing: null,
  answer: '',
  complaint: '',
  isLeaving: false,
}

/** A key, as terminals send it. */
export interface Keystroke {
  readonly input: string
  readonly name?: KeyName | undefined
}

export type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageUp'
  | 'pageDown'
  | 'home'
  | 'end'
  | 'return'
  | 'escape'
  | 'tab'
  | 'shiftTab'
  | 'backspace'
  | 'interrupt'

/** What of the screen a key depends on. */
export interface Surroundings {
  /** Names of the actions in the tree, line by line, and whether something is below them. */
  readonly rows: readonly {
    readonly name: string
    readonly parentName: string | undefined
    readonly hasChildren: boolean
  }[]
  readonly pageSize: number
  readonly detailCount: number
  readonly detailSize: number
  readonly isRunning: boolean
  /** Whether a condition waits for an answer. */
  readonly isAsked: boolean
}

/** What a key asks for beside another view. */
export type Command = 'none' | 'quit' | 'abort' | 'answer'

export interface Reaction {
  readonly state: TreeState
  readonly command: Command
}

/** What a key makes of the view. */
export function react(state: TreeState, key: Keystroke, around: Surroundings): Reaction {
  if (key.name === 'interrupt') return { state, command: around.isRunning ? 'abort' : 'quit' }
  if (state.isLeaving) return leave(state, key)
  if (state.typing === 'filter') return stay(typeFilter(state, key))
  if (state.typing === 'answer') return typeAnswer(state, key)
  if (key.input === 'q') return around.isRunning ? stay({ ...state, isLeaving: true }) : { state, command: 'quit' }
  return stay(browse(state, key, around))
}

function stay(state: TreeState): Reaction {
  return { state, command: 'none' }
}

function leave(state: TreeState, { input }: Keystroke): Reaction {
  const back = { ...state, isLeaving: false }
  return { state: back, command: input === 'y' ? 'abort' : 'none' }
}

function typeFilter(state: TreeState, { input, name }: Keystroke): TreeState {
  if (name === 'return') return { ...state, typing: null }
  if (name === 'escape') return { ...state, typing: null, filter: '' }
  if (name === 'backspace') return { ...state, filter: state.filter.slice(0, -1) }
  return name === undefined ? { ...state, filter: state.filter + input } : state
}

function typeAnswer(state: TreeState, { input, name }: Keystroke): Reaction {
  if (name === 'return') return { state, command: 'answer' }
  if (name === 'escape') return stay({ ...state, typing: null })
  if (name === 'backspace') return stay({ ...state, answer: state.answer.slice(0, -1), complaint: '' })
  return stay(name === undefined ? { ...state, answer: state.answer + input, complaint: '' } : state)
}

function browse(state: TreeState, key: Keystroke, around: Surroundings): TreeState {
  switch (key.name ?? key.input) {
    case 'up':
    case 'k':
      return move(state, around, -1)
    case 'down':
    case 'j':
      return move(state, around, 1)
    case 'pageUp':
      return move(state, around, -around.pageSize)
    case 'pageDown':
      return move(state, around, around.pageSize)
    case 'home':
    case 'g':
      return move(state, around, Number.NEGATIVE_INFINITY)
    case 'end':
    case 'G':
      return move(state, around, Number.POSITIVE_INFINITY)
    case 'left':
    case 'h':
      return foldOrLeave(state, around)
    case 'right':
    case 'l':
      return withFold(state, state.selected, false)
    case 'return':
    case ' ':
      return withFold(state, state.selected, !state.folded.has(state.selected))
    case 'tab':
      return show(state, tabs[(tabs.indexOf(state.tab) + 1) % tabs.length]!)
    case 'shiftTab':
      return show(state, tabs[(tabs.indexOf(state.tab) + tabs.length - 1) % tabs.length]!)
    case '1':
    case '2':
    case '3':
    case '4':
      return show(state, tabs[Number(key.input) - 1]!)
    case 'K':
      return scroll(state, around, -1)
    case 'J':
      return scroll(state, around, 1)
    case '/':
      return { ...state, typing: 'filter' }
    case 'escape':
      return { ...state, filter: '' }
    case 'a':
      return around.isAsked ? { ...state, typing: 'answer' } : state
    default:
      return state
  }
}

function move(state: TreeState, { rows }: Surroundings, by: number): TreeState {
  const at = Math.max(
    0,
    rows.findIndex(({ name }) => name === state.selected),
  )
  const to = rows[Math.min(rows.length - 1, Math.max(0, at + by))]
  return to === undefined || to.name === state.selected ? state : { ...state, selected: to.name, scroll: null }
}

/** Hides what is below the selected action; where nothing is to be seen of that, selects the one above. */
function foldOrLeave(state: TreeState, { rows }: Surroundings): TreeState {
  const row = rows.find(({ name }) => name === state.selected)
  if (row === undefined) return state
  if (row.hasChildren && !state.folded.has(row.name)) return withFold(state, row.name, true)
  return row.parentName === undefined ? state : { ...state, selected: row.parentName, scroll: null }
}

function withFold(state: TreeState, name: string, isFolded: boolean): TreeState {
  const folded = new Set(state.folded)
  if (isFolded) folded.add(name)
  else folded.delete(name)
  return { ...state, folded }
}

function show(state: TreeState, tab: Tab): TreeState {
  return { ...state, tab, scroll: null }
}

function scroll(state: TreeState, { detailCount, detailSize }: Surroundings, by: number): TreeState {
  const last = Math.max(0, detailCount - detailSize)
  const from = state.scroll ?? (state.tab === 'logs' ? last : 0)
  const to = Math.min(last, Math.max(0, from + by))
  return { ...state, scroll: to === last && state.tab === 'logs' ? null : to }
}
