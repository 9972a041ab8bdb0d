import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { literalTypes, toLiteral } from '@tern/core'
import type { LaunchPlanSpecSchema } from '@tern/idl/launchplan'
import { InputsSchema, type NamedLiteral } from '@tern/idl/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { aTaskSpec, place } from '../test/fixtures.ts'
import { freshName } from '../test/runs.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

type SpecInit = Exclude<MessageInitShape<typeof LaunchPlanSpecSchema>, { readonly $typeName: string }>

const main = { ...place, name: 'env.main', version: 'v1' } as const

function integer(name: string, value: number): NamedLiteral {
  return { $typeName: 'flyteidl2.task.NamedLiteral', name, value: toLiteral(value, literalTypes.integer()) }
}

function text(name: string, value: string): NamedLiteral {
  return { $typeName: 'flyteidl2.task.NamedLiteral', name, value: toLiteral(value, literalTypes.string()) }
}

function given(...literals: NamedLiteral[]) {
  return create(InputsSchema, { literals })
}

/** What the code of a run was given. */
async function inputsOf(run: string): Promise<Record<string, unknown>> {
  const attemptOf = () => api.executor.attempts.find((attempt) => attempt.run.run === run)
  await api.executor.until(() => attemptOf() !== undefined)
  const { inputs } = attemptOf() as { readonly inputs: { readonly bytes: Uint8Array } }
  const { literals } = fromBinary(InputsSchema, inputs.bytes)
  const values = literals.map(({ name, value }) => {
    const scalar = value?.value.case === 'scalar' ? value.value.value.value : undefined
    return [name, scalar?.case === 'primitive' ? scalar.value.value.value : undefined]
  })
  return Object.fromEntries(values)
}

eachTransport((transport) => {
  let clients: Clients
  beforeAll(async () => {
    clients = createClients(transport.connect(api.url))
    await clients.tasks.deployTask({ taskId: main, spec: aTaskSpec() })
  })

  /** Deploys a version, active unless said otherwise, and gives its identifier. */
  async function deploy(spec: SpecInit, { name = freshName('plan'), version = 'v1', activate = true } = {}) {
    const id = { ...place, name, version }
    const { launchPlan } = await clients.launchPlans.deployLaunchPlan({ id, spec: { taskId: main, ...spec }, activate })
    return { id, launchPlan: launchPlan! }
  }

  const named = ({
    version: _,
    ...name
  }: {
    readonly version: string
    project: string
    domain: string
    name: string
  }) => name

  describe('deploying', () => {
    test('what is fixed is no parameter (L-2, L-3); what has a default may be left out', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 7)], defaultInputs: [text('label', 'mine')] })
      const { launchPlan } = await clients.launchPlans.getLaunchPlan({ id: named(id) })
      expect(launchPlan).toMatchObject({ id, active: true, isDefault: false })
      expect(launchPlan?.parameters.map(({ name, parameter }) => [name, parameter?.behavior.case])).toEqual([
        ['label', 'default'],
      ])
      expect(launchPlan?.interface?.inputs?.variables.map(({ key }) => key)).toEqual(['label'])
    })
  })

  describe('launching', () => {
    test('fixed inputs, then those given, then the defaults of the plan, then those of the task (L-2)', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 7)], defaultInputs: [text('label', 'plan')] })
      const { run } = await clients.launchPlans.launch({ id: named(id) })
      expect(await inputsOf(run!.action!.id!.run!.name)).toEqual({ x: 7n, label: 'plan' })
      const other = await clients.launchPlans.launch({ id: named(id), inputs: given(text('label', 'caller')) })
      expect(await inputsOf(other.run!.action!.id!.run!.name)).toEqual({ x: 7n, label: 'caller' })
    })
  })
})
