import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromLiteral, fromOutputs } from '@tern/core'
import { configure, run } from '@tern/sdk'
import { createClient, type TernClient } from '@tern/sdk/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ServerProcess } from '@tern/test-support/server-process'
import { train } from './artifact-tasks.ts'

const command = join(import.meta.dirname, '../../cli/bin/tern.mjs')

let folder: string
let server: ServerProcess
let client: TernClient

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-artifacts-'))
  server = await ServerProcess.start({ dataDir: join(folder, 'data') })
  configure({ endpoint: server.url })
  client = createClient({ endpoint: server.url })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

test('what a task puts out is a version of an artifact, which starts the runs that wait for it', async () => {
  const file = join(import.meta.dirname, 'artifact-tasks.ts')
  execFileSync(process.execPath, [command, 'deploy', file], { env: { ...process.env, TERN_ENDPOINT: server.url } })
  const handle = await run(train, { id: 'first', weight: 0.5 })
  expect(await handle.outputs()).toEqual({ id: 'first', weight: 0.5 })

  // It is recorded a moment after the run's end.
  await expect.poll(() => client.artifacts.get('weights').catch(() => undefined)).toBeDefined()
  const { artifactId, spec } = await client.artifacts.get('weights')
  expect(artifactId?.version).toBe('first')
  expect(spec?.info).toMatchObject({ description: 'what was fitted', userMetadata: { weight: '0.5' } })
  expect(spec?.value && fromLiteral(spec.value, spec.type)).toEqual({ id: 'first', weight: 0.5 })

  let started: string | undefined
  const look = async () => {
    for await (const { action } of client.listRuns()) {
      const { spec } = action?.metadata ?? {}
      if (spec?.case === 'task' && spec.value.id?.name === 'artifacts.tell') started = action?.id?.run?.name
    }
    return started
  }
  await expect.poll(look).toBeDefined()
  await client.waitForAction(started!)
  const { outputs } = await client.getActionData(started!)
  expect(outputs && fromOutputs(outputs)).toEqual({ o0: 'first weighs 0.5' })
})
