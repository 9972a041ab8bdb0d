import { type JsonValue, toBinary } from '@bufbuild/protobuf'
import { Code, type Transport } from '@connectrpc/connect'
import { fromLiteral, literalToJson, literalTypes, toInputs, typedInterface } from '@tern/core'
import { InputsSchema, type NamedLiteral, TriggerAutomationSpecType } from '@tern/idl/task'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aTaskSpec, inputsOf, outputsOf, place, projectId } from '../test/fixtures.ts'
import { freshName, idOf, startRun } from '../test/runs.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const variables = aTaskSpec().taskTemplate!.interface!.inputs!
const outputVariables = aTaskSpec().taskTemplate!.interface!.outputs!

function valuesOf(literals: ReadonlyArray<NamedLiteral>): Record<string, unknown> {
  return Object.fromEntries(literals.map(({ name, value }) => [name, fromLiteral(value!)]))
}

eachTransport((transport) => {
  let clients: Clients
  let translator: Clients['translator']
  let wire: Transport
  beforeAll(() => {
    wire = transport.connect(api.url)
    clients = createClients(wire)
    translator = clients.translator
  })

  const triggerOf = (taskName: string) => ({ ...place, taskName, name: 'nightly' })

  async function deployTrigger(inputWrapper: Parameters<typeof triggerSpec>[0]): Promise<ReturnType<typeof triggerOf>> {
    const task = freshName('env.task')
    await clients.tasks.deployTask({
      taskId: { ...place, name: task, version: 'v1' },
      spec: aTaskSpec({ name: task }),
      triggers: [
        {
          name: 'nightly',
          spec: triggerSpec(inputWrapper),
          automationSpec: { type: TriggerAutomationSpecType.TYPE_NONE },
        },
      ],
    })
    return triggerOf(task)
  }

  test('a task has a form, with its defaults', async () => {
    const { json } = await translator.taskSpecToLaunchFormJson({ taskSpec: aTaskSpec() })
    expect(json).toEqual({
      type: 'object',
      title: 'Launch Form',
      properties: { label: { type: 'string', default: 'none' }, x: { type: 'integer' } },
      required: ['x'],
    })
    expect(Object.keys(json?.['properties'] ?? {})).toEqual(['label', 'x'])
    const { literals } = await translator.launchFormJsonToLiterals({ json: json! })
    expect(valuesOf(literals)).toEqual({ label: 'none' })
  })

  test('a task without inputs has an empty form', async () => {
    const { json } = await translator.taskSpecToLaunchFormJson({ taskSpec: { taskTemplate: {} } })
    expect(json).toEqual({ type: 'object', title: 'Launch Form', properties: {}, required: [] })
    await expectRefused(translator.taskSpecToLaunchFormJson({}), Code.InvalidArgument, 'task_spec')
  })

  test('literals are shown, as far as they have variables, and come back', async () => {
    const other = toInputs({ y: 1 }, typedInterface({ inputs: { y: literalTypes.integer() } }).inputs).literals
    const { json } = await translator.literalsToLaunchFormJson({
      literals: [...other, ...inputsOf(5).literals],
      variables,
    })
    expect(json).toMatchObject({ properties: { x: { type: 'integer', default: 5 } }, required: ['x'] })
    expect(json?.['properties']).not.toHaveProperty('y')
    expect(json?.['properties']).not.toHaveProperty('label')
    const { literals } = await translator.launchFormJsonToLiterals({ json: json! })
    expect(literals).toEqual(inputsOf(5).literals)
  })

  test('values become literals, in the order of the variables', async () => {
    const { literals } = await translator.jsonValuesToLiterals({
      variables,
      values: { x: '9007199254740993', label: 'a', more: true },
    })
    expect(literals.map(({ name, value }) => [name, literalToJson(value!)])).toEqual([
      ['label', 'a'],
      ['x', '9007199254740993'],
    ])
    expect(await translator.jsonValuesToLiterals({ values: { x: 1 } })).toMatchObject({ literals: [] })
  })

  test('what cannot be is refused by the name of the field', async () => {
    const { InvalidArgument, Unimplemented } = Code
    const values = (x: string | null) => translator.jsonValuesToLiterals({ variables, values: { x, label: 'a' } })
    await expectRefused(values('one'), InvalidArgument, 'values.x: expected integer')
    await expectRefused(values(null), InvalidArgument, 'values.x: expected integer, got null')
    await expectRefused(translator.jsonValuesToLiterals({ variables }), InvalidArgument, 'values')
    await expectRefused(
      translator.jsonValuesToLiterals({ variables, values: { x: 1 } }),
      InvalidArgument,
      'values.label: value is required',
    )
    await expectRefused(translator.launchFormJsonToLiterals({}), InvalidArgument, 'json')
    await expectRefused(translator.launchFormJsonToLiterals({ json: {} }), InvalidArgument, 'json.properties')
    let deep: JsonValue = 1
    for (let level = 0; level < 300; level++) deep = [deep]
    // The protocol's libraries refuse it before anybody looks at it.
    await expect(
      translator.launchFormJsonToLiterals({ json: { properties: { x: { type: 'array', default: deep } } } }),
    ).rejects.toMatchObject({ rawMessage: expect.stringContaining('recursion depth') })
    await expectRefused(
      translator.launchFormJsonToLiterals({ json: { properties: { x: { $ref: '#/properties/x' } } } }),
      InvalidArgument,
      'json.properties.x.$ref',
    )
    const offloaded = { value: { case: 'offloadedMetadata', value: { uri: '/o' } } } as const
    await expectRefused(
      translator.literalsToLaunchFormJson({ literals: [{ name: 'x', value: offloaded }], variables }),
      Unimplemented,
      'kept in storage',
    )
    await expectRefused(
      translator.literalsToLaunchFormJson({ literals: [{ name: 'x', value: {} }], variables }),
      InvalidArgument,
      'variables.x: the literal is empty',
    )
  })

  test("a trigger's inputs are found where they are", async () => {
    const inline = await deployTrigger({ case: 'inputs', value: inputsOf(7) })
    const uploaded = await clients.data.uploadInputs({
      id: { case: 'projectId', value: projectId },
      task: { case: 'taskSpec', value: aTaskSpec() },
      inputs: inputsOf(8),
    })
    const stored = await deployTrigger({ case: 'offloadedInputData', value: uploaded.offloadedInputData! })
    const shown = await Promise.all(
      [inline, stored].map((name) =>
        translator.literalsToLaunchFormJson({
          owner: { case: 'triggerId', value: { name, revision: 1n } },
          // What the trigger says counts.
          literals: inputsOf(1).literals,
          variables,
        }),
      ),
    )
    expect(shown).toMatchObject([7, 8].map((x) => ({ json: { properties: { x: { default: x } } } })))
  })

  test('a trigger that has no inputs, or is not there, is refused', async () => {
    const name = await deployTrigger(undefined)
    const form = (revision: bigint) =>
      translator.literalsToLaunchFormJson({ owner: { case: 'triggerId', value: { name, revision } }, variables })
    await expectRefused(form(1n), Code.InvalidArgument, 'trigger_id: revision 1')
    await expectRefused(form(2n), Code.NotFound, 'no revision 2')
    await expectRefused(form(0n), Code.InvalidArgument, 'revision')
  })

  test("an action's inputs and outputs are found by their URIs", async () => {
    const run = await startRun(clients.runs)
    await new Script(api).succeed(run, 'a0', outputsOf(3))
    const uris = await clients.runs.getActionDataURIs({ actionId: idOf(run) })
    const owner = { case: 'actionId', value: idOf(run) } as const
    const inputs = await translator.literalsToLaunchFormJson({ owner, literalsUri: uris.inputsUri, variables })
    expect(inputs.json).toMatchObject({ properties: { label: { default: 'none' }, x: { default: 1 } } })
    const outputs = await translator.literalsToLaunchFormJson({
      owner,
      literalsUri: uris.outputsUri,
      variables: outputVariables,
    })
    expect(outputs.json).toMatchObject({ properties: { o0: { default: 3 } } })
    const elsewhere = api.storage.join(api.storage.root, 'elsewhere', 'inputs.pb')
    await api.storage.write(elsewhere, toBinary(InputsSchema, inputsOf(1)))
    await expectRefused(
      translator.literalsToLaunchFormJson({ owner, literalsUri: elsewhere, variables }),
      Code.InvalidArgument,
      'literals_uri',
    )
    await expectRefused(
      translator.literalsToLaunchFormJson({ literalsUri: uris.inputsUri, variables }),
      Code.InvalidArgument,
      'action_id',
    )
    await expectRefused(
      translator.literalsToLaunchFormJson({
        owner: { case: 'actionId', value: idOf('nowhere') },
        literalsUri: uris.inputsUri,
        variables,
      }),
      Code.NotFound,
      'nowhere',
    )
  })
})

test('forms can be asked for with GET', async () => {
  const message = encodeURIComponent(JSON.stringify({ taskSpec: { taskTemplate: {} } }))
  const path = 'flyteidl2.workflow.TranslatorService/TaskSpecToLaunchFormJson'
  const response = await fetch(`${api.url}/${path}?connect=v1&encoding=json&message=${message}`)
  expect(await response.json()).toMatchObject({ json: { title: 'Launch Form' } })
})

function triggerSpec(
  inputWrapper:
    | { readonly case: 'inputs'; readonly value: ReturnType<typeof inputsOf> }
    | { readonly case: 'offloadedInputData'; readonly value: { uri: string; inputsHash: string } }
    | undefined,
) {
  return { active: true, ...(inputWrapper && { inputWrapper }) }
}
