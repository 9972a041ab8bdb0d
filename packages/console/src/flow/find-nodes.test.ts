import { create } from '@bufbuild/protobuf'
import { WorkflowSchema } from '@tern/idl/graph'
import { expect, test } from 'vitest'
import { findNodes } from './find-nodes.ts'

const call = (id: string, entity: number, upstream: string[] = []) => ({
  id,
  upstream,
  kind: { case: 'call' as const, value: { entity } },
})

const workflow = create(WorkflowSchema, {
  format: 1,
  entities: [
    { kind: { case: 'deployedTask', value: { name: 'grind' } } },
    { kind: { case: 'workflow', value: { name: 'inner', nodes: [call('n0', 0), call('n1', 0, ['n0'])] } } },
  ],
  graph: {
    nodes: [
      call('n0', 0),
      call('n1', 1, ['n0']),
      {
        id: 'n2',
        upstream: ['n0'],
        kind: {
          case: 'branch',
          value: { cases: [{ block: { nodes: [call('n0', 1)] } }], otherwise: { nodes: [call('n0', 0)] } },
        },
      },
    ],
    onFailure: call('fn0', 0),
  },
})

test('nodes are found by path, wherever they are', () => {
  const found = findNodes(workflow)
  expect([...found.keys()]).toEqual([
    'n0',
    'n1',
    'n1/n0',
    'n1/n1',
    'n2',
    'n2/then0/n0',
    'n2/then0/n0/n0',
    'n2/then0/n0/n1',
    'n2/else/n0',
    'fn0',
  ])
})

test('references of a node begin at the workflow that it is part of, and not at its branch', () => {
  const found = findNodes(workflow)
  expect(found.get('n2/else/n0')?.scope).toBe('')
  expect(found.get('n1/n1')?.scope).toBe('n1')
  expect(found.get('n2/then0/n0/n1')?.scope).toBe('n2/then0/n0')
})

test('neighbours are of the same list', () => {
  const found = findNodes(workflow)
  expect(found.get('n0')?.after).toEqual(['n1', 'n2'])
  expect(found.get('n1/n1')?.before).toEqual(['n1/n0'])
  expect(found.get('n2/then0/n0/n0')?.after).toEqual(['n2/then0/n0/n1'])
})
