import { create, toJson } from '@bufbuild/protobuf'
import { literalTypes, toLiteral } from '@tern/core'
import { CreateArtifactRequestSchema } from '@tern/idl/artifact'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ArtifactView } from '../src/views/artifact-view.ts'
import { InProcess } from './in-process.ts'

let cli: InProcess
beforeAll(async () => {
  cli = await InProcess.start()
  const place = { org: 'tern', project: 'flytesnacks', domain: 'development' }
  for (const [name, version, value] of [
    ['model', 'v1', 1],
    ['model', 'v2', 2],
    ['table', 'v1', 3],
  ] as const) {
    const request = create(CreateArtifactRequestSchema, {
      artifactId: { name: { ...place, name }, version },
      spec: {
        value: toLiteral(value, literalTypes.integer()),
        type: literalTypes.integer(),
        info: { description: `The ${name}`, userMetadata: { tier: 'gold' } },
        source: { source: { case: 'externalRef', value: 'ticket 7' } },
      },
    })
    await cli.call('flyteidl2.artifact.ArtifactService/CreateArtifact', toJson(CreateArtifactRequestSchema, request))
  }
})
afterAll(() => cli.stop())

test('the newest version of each is listed', async () => {
  const artifacts = await cli.json<ArtifactView[]>(['get', 'artifact'])
  const shown = artifacts.map(({ name, version, versions }) => `${name} ${version} ${versions}`)
  expect(shown.toSorted()).toEqual(['model v2 2', 'table v1 1'])
  const { stdout } = await cli.tern(['get', 'artifacts'])
  expect(stdout).toMatch(/^ARTIFACT +VERSION +VERSIONS +TYPE +CREATED +FROM +DESCRIPTION\n/)
  expect(stdout).toMatch(/^model +v2 +2 +integer .* ticket 7 +The model$/m)
})

test('one shows its value, and where it is from', async () => {
  expect(await cli.json(['get', 'artifact', 'model', 'v1'])).toEqual({
    name: 'model',
    version: 'v1',
    project: 'flytesnacks',
    domain: 'development',
    type: 'integer',
    description: 'The model',
    value: 1,
    source: { reference: 'ticket 7' },
    metadata: { tier: 'gold' },
    createdAt: expect.stringMatching(/Z$/),
    createdBy: null,
  })
  expect((await cli.json<ArtifactView>(['get', 'artifact', 'model'])).value).toBe(2)
  expect((await cli.tern(['get', 'artifact', 'model'])).stdout).toContain('Content\n  value: 2\n')
})

test('versions are listed, newest first', async () => {
  const versions = await cli.json<ArtifactView[]>(['get', 'artifact', 'model', '--versions'])
  expect(versions.map(({ version }) => version)).toEqual(['v2', 'v1'])
})

test.each([
  [['get', 'artifact', 'modle'], 1, /\nhint: Did you mean model\?\n$/],
  [['get', 'artifact', 'modle', '--versions'], 1, /\nhint: Did you mean model\?\n$/],
  [['get', 'artifact', 'model', 'v9'], 1, /^error: .*v9/],
  [['get', 'artifact', '--versions'], 2, /^error: --versions lists the versions of one artifact\n/],
  [['get', 'artifact', '-p', 'nowhere'], 1, /^error: project "nowhere" does not exist/],
])('tern %j is refused', async (args, code, message) => {
  expect(await cli.tern(args)).toEqual({ code, stdout: '', stderr: expect.stringMatching(message) })
})
