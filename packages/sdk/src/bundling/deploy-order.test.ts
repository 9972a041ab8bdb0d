import { FailedPreconditionError } from '@tern/core'
import { describe, expect, test } from 'vitest'
import { definitionOf } from '../authoring/task.ts'
import { toTaskSpec } from '../authoring/task-spec.ts'
import { double, env, freshName } from '../workflows/test/tasks.ts'
import { launchPlan, refLaunchPlan, workflow } from '../workflows.ts'
import { type DeployItem, inDeployOrder, keyOf, plansOf } from './deploy-order.ts'

const task = (name: string, ...needs: readonly string[]): DeployItem => ({ kind: 'task', name, needs })
const plan = (name: string, launched: string): DeployItem => ({
  kind: 'plan',
  name,
  needs: [keyOf({ kind: 'task', name: launched })],
})
const names = (items: readonly DeployItem[]) => items.map(({ name }) => name)

describe('Z-4: what is deployed first', () => {
  test('is what others need; the rest stays in its order', () => {
    const ordered = inDeployOrder([
      task('outer', 'plan nightly', 'task nightly'),
      task('a'),
      task('report'),
      plan('nightly', 'report'),
    ])
    expect(names(ordered)).toEqual(['report', 'nightly', 'outer', 'a'])
  })

  test('what is not of the file is there already', () => {
    expect(names(inDeployOrder([plan('elsewhere', 'other.task'), task('a')]))).toEqual(['elsewhere', 'a'])
  })

  test('what needs each other cannot be deployed', () => {
    const order = () => inDeployOrder([task('outer', 'plan nightly'), plan('nightly', 'outer')])
    expect(order).toThrow(FailedPreconditionError)
    expect(order).toThrow('outer → launch plan nightly → outer')
  })

  test('a workflow needs the plans that it has nodes of, also in workflows inside, and no others', () => {
    const nightly = launchPlan(double, { name: 'nightly' })
    const elsewhere = refLaunchPlan({ name: 'elsewhere', version: 'v1' })
    const inner = workflow({ env, name: freshName() }, () => void nightly.node({ n: 1 }))
    const outer = workflow({ env, name: freshName() }, () => {
      inner.node()
      elsewhere.node()
    })
    const spec = toTaskSpec(definitionOf(outer), { org: '', project: 'p', domain: 'd', version: 'v7', bundleUri: '' })
    expect(plansOf(spec, 'v7')).toEqual(['nightly'])
    expect(plansOf(toTaskSpec(definitionOf(double), { ...nowhere, version: 'v7' }), 'v7')).toEqual([])
  })
})

const nowhere = { org: '', project: 'p', domain: 'd', bundleUri: '' }
