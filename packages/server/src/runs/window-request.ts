import { InvalidArgumentError } from '@tern/core'
import type { ActionPhase } from '@tern/idl/common'
import type {
  WatchWindowedActionsRequest_Subscribe,
  WatchWindowedActionsRequest_UpdateWindow,
} from '@tern/idl/workflow'
import type { ActionNodesRepository } from '../store/action-nodes-repository.ts'
import { noRef, type Ref, type RunIndex } from './run-index.ts'
import type { Expansion, TreeView } from './tree-window.ts'

/** What a watcher asks to see, as yet by the ids of rows. */
export interface WindowRequest {
  readonly expanded: ReadonlyMap<string, Expansion>
  readonly phases: ReadonlySet<ActionPhase>
  readonly name: string
  /** Id of a row; empty for none. */
  readonly selected: string
  readonly anchor: number | 'selected'
  readonly before: number
  readonly after: number
}

const maxOverscan = 1000
const defaultOverscan = 50
const maxExpanded = 10_000
const maxIndex = 2 ** 31

/** Reads the first message of a watch. Throws InvalidArgumentError. */
export function fromSubscribe(
  message: WatchWindowedActionsRequest_Subscribe,
  anchor: bigint | undefined,
): WindowRequest {
  const index = anchor === undefined ? undefined : checkIndex(anchor)
  return { ...common(message), selected: message.selectedItemId, anchor: index ?? 'selected' }
}

/** Reads a later message. What is selected stays selected when the window is moved to an index. */
export function fromUpdate(message: WatchWindowedActionsRequest_UpdateWindow, before: WindowRequest): WindowRequest {
  const { windowAnchor } = message
  switch (windowAnchor.case) {
    case 'selectedItemId':
      return { ...common(message), selected: windowAnchor.value, anchor: 'selected' }
    case 'anchorFlatIndex':
      return { ...common(message), selected: before.selected, anchor: checkIndex(windowAnchor.value) }
    default:
      return { ...common(message), selected: before.selected, anchor: before.anchor }
  }
}

function common(
  message: WatchWindowedActionsRequest_Subscribe | WatchWindowedActionsRequest_UpdateWindow,
): Omit<WindowRequest, 'selected' | 'anchor'> {
  const { overscanBefore, overscanAfter, expandedNodes, phaseFilter, nameFilter } = message
  // A window of one row is nobody's wish.
  const isUnset = overscanBefore === 0 && overscanAfter === 0
  return {
    before: isUnset ? defaultOverscan : checkRange(overscanBefore, maxOverscan, 'overscan_before'),
    after: isUnset ? defaultOverscan : checkRange(overscanAfter, maxOverscan, 'overscan_after'),
    expanded: toExpansions(expandedNodes),
    phases: new Set(phaseFilter),
    name: nameFilter.toLowerCase(),
  }
}

function toExpansions(nodes: WatchWindowedActionsRequest_Subscribe['expandedNodes']): Map<string, Expansion> {
  const entries = Object.entries(nodes)
  checkRange(entries.length, maxExpanded, 'number of expanded_nodes')
  return new Map(
    entries.map(([id, { offset, limit }]) => {
      const field = `expanded_nodes[${JSON.stringify(id.slice(0, 100))}]`
      return [
        id,
        {
          offset: checkRange(offset, maxIndex, `${field}.offset`),
          limit: checkRange(limit, maxIndex, `${field}.limit`),
        },
      ]
    }),
  )
}

function checkIndex(index: bigint): number {
  return checkRange(Number(index), maxIndex, 'anchor_flat_index')
}

function checkRange(value: number, max: number, field: string): number {
  if (value >= 0 && value <= max) return value
  throw new InvalidArgumentError(`${field}: ${value} must be from 0 to ${max}`, { field })
}

/** The ids of rows, found in a run: an action has its name, a group its parent's name and its own, `a0/group`. */
export interface WindowPlaces {
  readonly request: WindowRequest
  readonly seqs: ReadonlyMap<string, number>
}

const namesAtOnce = 500

export async function findPlaces(
  nodes: ActionNodesRepository,
  runId: number,
  request: WindowRequest,
): Promise<WindowPlaces> {
  const ids = [...request.expanded.keys(), ...(request.selected === '' ? [] : [request.selected])]
  const names = [...new Set(ids.map((id) => splitId(id).action))]
  const seqs = new Map<string, number>()
  for (let from = 0; from < names.length; from += namesAtOnce) {
    for (const [name, seq] of await nodes.placesOf(runId, names.slice(from, from + namesAtOnce))) seqs.set(name, seq)
  }
  return { request, seqs }
}

/** The view as far as its rows are in the index; those that are not are left out. */
export function toView(index: RunIndex, { request, seqs }: WindowPlaces): TreeView {
  const refOf = (id: string): Ref => {
    const { action, group } = splitId(id)
    const seq = seqs.get(action)
    if (seq === undefined || !index.has(seq)) return noRef
    return group === undefined ? seq : index.findGroup(seq, group)
  }
  const expanded = new Map<Ref, Expansion>()
  for (const [id, expansion] of request.expanded) {
    const ref = refOf(id)
    if (ref !== noRef) expanded.set(ref, expansion)
  }
  return { ...request, expanded, selected: request.selected === '' ? noRef : refOf(request.selected) }
}

/** Id of a group's row. */
export function groupId(parent: string, group: string): string {
  return `${parent}/${group}`
}

function splitId(id: string): { readonly action: string; readonly group?: string } {
  const at = id.indexOf('/')
  return at === -1 ? { action: id } : { action: id.slice(0, at), group: id.slice(at + 1) }
}
