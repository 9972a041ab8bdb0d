import type { LocalActionState } from '@tern/sdk'

/** An action as a line of the tree. */
export interface TreeRow {
  readonly action: LocalActionState
  /** 0 for the root. */
  readonly depth: number
  readonly hasChildren: boolean
}

export interface RowOptions {
  /** Names of the actions whose children are hidden. */
  readonly folded: ReadonlySet<string>
  /** Of actions, only those that have it in their title, group or phase are shown, and those above them. */
  readonly filter: string
}

/** The tree as lines, parents before their children, those in the order in which they came. */
export function toRows(actions: readonly LocalActionState[], { folded, filter }: RowOptions): TreeRow[] {
  const children = childrenOf(actions)
  const shown = filter === '' ? undefined : matching(actions, filter.toLowerCase())
  const rows: TreeRow[] = []
  const root = actions.find(({ parentName }) => parentName === undefined)
  if (root === undefined) return rows
  // No recursion: a chain of calls may be deeper than a stack.
  const waiting: { action: LocalActionState; depth: number }[] = [{ action: root, depth: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { action, depth } = next
    if (shown !== undefined && !shown.has(action.name)) continue
    const below = children.get(action.name) ?? []
    rows.push({ action, depth, hasChildren: below.length > 0 })
    if (folded.has(action.name) && filter === '') continue
    for (let i = below.length - 1; i >= 0; i--) waiting.push({ action: below[i]!, depth: depth + 1 })
  }
  return rows
}

function childrenOf(actions: readonly LocalActionState[]): Map<string, LocalActionState[]> {
  const children = new Map<string, LocalActionState[]>()
  for (const action of actions) {
    const { parentName } = action
    if (parentName === undefined) continue
    const siblings = children.get(parentName)
    if (siblings === undefined) children.set(parentName, [action])
    else siblings.push(action)
  }
  return children
}

function matching(actions: readonly LocalActionState[], text: string): Set<string> {
  const parents = new Map(actions.map(({ name, parentName }) => [name, parentName]))
  const shown = new Set<string>()
  for (const { name, title, group, phase } of actions) {
    if (![title, group, phase].some((each) => each.toLowerCase().includes(text))) continue
    for (let above: string | undefined = name; above !== undefined && !shown.has(above); above = parents.get(above)) {
      shown.add(above)
    }
  }
  return shown
}
