import { fromBinary } from '@bufbuild/protobuf'
import { OutputsSchema } from '@tern/idl/task'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { artifact, artifactOf, withArtifacts } from './artifact-schema.ts'
import { writeValues } from './literal-wire.ts'
import { stringSchema } from './own-schemas.ts'
import { bindInterface } from './task-interface.ts'

const Model = z.object({ id: z.string(), error: z.number() })

function written(outputs: Parameters<typeof bindInterface>[1], values: readonly unknown[]) {
  const variables = bindInterface('env.train', outputs).outputs
  return fromBinary(OutputsSchema, withArtifacts(variables, values, writeValues(variables, values).bytes))
}

test('the outputs say which of them are artifacts, and what of them', () => {
  const { literals, producedArtifacts } = written(
    {
      outputs: {
        count: z.int(),
        model: artifact(Model, {
          name: 'model',
          version: ({ id }) => `v-${id}`,
          description: 'what was fitted',
          metadata: ({ error }) => ({ error: error.toFixed(1) }),
        }),
      },
    },
    [3, { id: 'x', error: 0.25 }],
  )
  expect(literals.map(({ name }) => name)).toEqual(['count', 'model'])
  expect(producedArtifacts).toMatchObject([
    {
      output: 'model',
      name: 'model',
      version: 'v-x',
      info: { description: 'what was fitted', userMetadata: { error: '0.3' } },
      type: { type: { case: 'simple' } },
    },
  ])
})

test('without a version, the server makes one up', () => {
  const { producedArtifacts } = written({ output: artifact(z.string(), { name: 'text' }) }, ['a'])
  expect(producedArtifacts).toMatchObject([{ output: 'o0', name: 'text', version: '', type: { type: { value: 3 } } }])
})

test('an optional output that is left out is no artifact, and others say nothing', () => {
  const optional = artifact(z.string(), { name: 'text' }).optional()
  expect(written({ outputs: { optional } }, [undefined]).producedArtifacts).toEqual([])
  expect(written({ output: z.string() }, ['a']).producedArtifacts).toEqual([])
})

test('is known of what is made from the schema, and not of the schema it was made from', () => {
  const Named = artifact(Model, { name: 'model' })
  expect(artifactOf(Named.describe('the best'))).toEqual({ name: 'model' })
  expect(artifactOf(Named.optional())).toEqual({ name: 'model' })
  expect(artifactOf(Model)).toBeUndefined()
})

test.each(['', 'a/b', 'a@1', ' a', 'a'.repeat(256)])('the name %j is refused', (name) => {
  expect(() => artifact(Model, { name })).toThrow('must have 1 to 255 characters')
})

test('schemas of other libraries are refused', () => {
  expect(() => artifact(stringSchema, { name: 'text' })).toThrow('the schema must be one of zod')
})
