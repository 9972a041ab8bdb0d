import { fromBinary } from '@bufbuild/protobuf'
import { FailedPreconditionError, InvalidArgumentError } from '@tern/core'
import { InputsSchema } from '@tern/idl/task'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { writeValues } from '../types/literal-wire.ts'
import { checkGivenInputs } from '../types/validation.ts'
import { cachingOf } from './caching.ts'
import { deployedTask } from './deployed-task.ts'
import { run } from './run.ts'
import { definitionOf } from './task.ts'

const inputs = { x: z.int(), name: z.string().optional() }
const greet = deployedTask({ name: 'greetings.greet', inputs, output: z.string() })

async function sent(given: Record<string, unknown>): Promise<ReadonlyArray<string>> {
  const task = definitionOf(greet).interface
  const { bytes } = writeValues(task.inputs, await checkGivenInputs(task, given))
  return fromBinary(InputsSchema, bytes).literals.map(({ name, value }) => `${name} ${value?.value.case}`)
}

describe('a deployed task', () => {
  test('is given its optional inputs plainly, and not at all where they are left out', async () => {
    expect(await sent({ x: 1 })).toEqual(['x scalar'])
    expect(await sent({ x: 1, name: 'you' })).toEqual(['name scalar', 'x scalar'])
    const { typed } = definitionOf(greet).interface
    const name = typed.inputs?.variables.find(({ key }) => key === 'name')?.value?.type
    expect(name?.type.case).toBe('simple')
  })

  test('has a name without an environment where Python gave it one', () => {
    const { name, functionName } = definitionOf(deployedTask({ name: 'resize-image' }))
    expect([name, functionName]).toEqual(['resize-image', 'resize-image'])
  })

  test('has no code here to run', async () => {
    await expect(greet({ x: 1 })).rejects.toThrow('its code is not here')
    await expect(greet.forward({ x: 1 })).rejects.toThrow(FailedPreconditionError)
  })

  test('says where it is looked for, when it is not here', async () => {
    const { deployed } = definitionOf(deployedTask({ name: 'a.b', project: 'ml', domain: 'production' }))
    expect(deployed).toMatchObject({ project: 'ml', domain: 'production' })
    const far = deployedTask({ name: 'a.b', project: 'ml', domain: 'production' })
    await expect((await run.local(far)).outputs()).rejects.toThrow(
      'task a.b is deployed in project ml, domain production of a server, and its code is not here',
    )
    await expect(deployedTask({ name: 'a.b', domain: 'staging' })({})).rejects.toThrow('in domain staging of a server')
    expect(() => deployedTask({ name: 'a.b', project: '' })).toThrow('project is empty')
    expect(() => deployedTask({ name: 'a.b', domain: 7 } as never)).toThrow('domain')
  })

  test('of one name in two places is two tasks, which an action may both call', () => {
    const identities = [{}, { project: 'ml' }, { project: 'ml', domain: 'production' }].map((place) => {
      return cachingOf(definitionOf(deployedTask({ name: 'a.b', version: 'v1', ...place }))).version
    })
    expect(identities).toEqual(['v1', 'ml//v1', 'ml/production/v1'])
  })

  test('has the options of its deployment, but for those of a call', () => {
    const overridden = greet.override({ retries: 2 }).override({ timeout: '1m', queue: undefined })
    expect(definitionOf(overridden).deployed).toEqual({ version: '', overridden: ['retries', 'timeout'] })
    expect(() => greet.override({ retries: 11 })).toThrow('from 0 to 10')
    expect(() => greet.override({ cache: 'auto' })).toThrow('cache needs a version')
    expect(() => greet.override({ podTemplate: {} })).toThrow('must be the name of a template')
    const unknown = { name: 'a.b', retries: 2 }
    expect(() => deployedTask(unknown)).toThrow(InvalidArgumentError)
    expect(() => deployedTask({ name: '' })).toThrow('name')
  })
})
