import { create } from '@bufbuild/protobuf'
import { ActionPhase } from '@tern/idl/common'
import { EnrichedActionSchema } from '@tern/idl/workflow'
import { expect, test } from 'vitest'
import { ActionTree } from './action-tree.ts'

const { RUNNING, SUCCEEDED, FAILED } = ActionPhase

const action = (id: string, parent: string, phase: ActionPhase, group = '') =>
  create(EnrichedActionSchema, {
    action: { id: { name: id }, metadata: { parent, group, funtionName: `f.${id}` }, status: { phase } },
  })

const all = { phases: [], name: '' }
const shown = (tree: ActionTree, expanded: string[], more: { phases?: number[]; name?: string } = {}) =>
  tree
    .rows({ ...all, expanded: new Set(expanded), ...more })
    .map(({ id, depth, total }) => `${' '.repeat(depth)}${id}${total > 0 ? ` ${total}` : ''}`)

function aTree(): ActionTree {
  const tree = new ActionTree()
  tree.put([action('a0', '', RUNNING), action('b', 'a0', SUCCEEDED)])
  tree.put([action('m1', 'a0', SUCCEEDED, 'maps'), action('m2', 'a0', FAILED, 'maps'), action('deep', 'm2', RUNNING)])
  return tree
}

test('rows are those of what is unfolded, with everything below counted', () => {
  const tree = aTree()
  expect(shown(tree, [])).toEqual(['a0 4'])
  expect(shown(tree, ['a0'])).toEqual(['a0 4', ' b', ' a0/maps 2'])
  expect(shown(tree, ['a0', 'a0/maps', 'm2'])).toEqual(['a0 4', ' b', ' a0/maps 2', '  m1', '  m2 1', '   deep'])
})

test('what changes is changed where it is', () => {
  const tree = aTree()
  tree.put([action('b', 'a0', FAILED), action('a0', '', FAILED)])
  expect(shown(tree, ['a0'])).toEqual(['a0 4', ' b', ' a0/maps 2'])
  expect(tree.root?.phase).toBe(FAILED)
  expect(tree.root?.counts.map(({ info, count }) => [info.phase, count])).toEqual([
    [FAILED, 2],
    [RUNNING, 1],
    [SUCCEEDED, 1],
  ])
})

test('a filter finds what is folded away, and shows what leads there', () => {
  expect(shown(aTree(), [], { name: 'DEEP' })).toEqual(['a0 4', ' a0/maps 2', '  m2 1', '   deep'])
  expect(shown(aTree(), [], { phases: [FAILED] })).toEqual(['a0 4', ' a0/maps 2', '  m2 1'])
  expect(shown(aTree(), [], { name: 'nothing' })).toEqual([])
})

test('of very many actions the first are held, and the others counted', () => {
  const tree = aTree()
  tree.put(Array.from({ length: 10_100 }, (_, index) => action(`x${index}`, 'a0', SUCCEEDED, 'many')))
  expect(tree.left).toBe(105)
  expect(tree.rows({ ...all, expanded: new Set(['a0', 'a0/many']) })).toHaveLength(10_000 - 3 + 2)
})
