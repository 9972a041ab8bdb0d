import { create } from '@bufbuild/protobuf'
import { typedInterface } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { HttpMethod } from '@tern/idl/notification'
import { RunSpecSchema } from '@tern/idl/task'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aTask, InProcess } from './in-process.ts'

let cli: InProcess
beforeAll(async () => {
  cli = await InProcess.start()
})
afterAll(() => cli.stop())

async function startRun(name: string, phases: readonly ActionPhase[]): Promise<void> {
  const rules = phases.map((phase) => ({
    onPhases: [phase],
    // A port that nobody listens on.
    delivery: {
      case: 'deliveryTemplate' as const,
      value: { webhook: { url: 'http://127.0.0.1:9/x', method: HttpMethod.POST } },
    },
  }))
  const runSpec = create(RunSpecSchema, {
    ...(rules.length > 0 && { notificationSettings: { case: 'notificationRules', value: { rules } } }),
  })
  const spec = aTask(`${name}.main`)
  spec.taskTemplate!.interface = typedInterface({ inputs: {}, outputs: {} })
  spec.defaultInputs = []
  await cli.client.createRun({ task: { spec }, name, runSpec })
}

test('what a run tells others of its end is shown, with what became of it', async () => {
  await startRun('told', [ActionPhase.SUCCEEDED, ActionPhase.FAILED])
  // Nothing executes tasks of its type, so that it has failed.
  const list = () => cli.json<{ state: string }[]>(['get', 'notification', 'told'])
  await expect.poll(async () => (await list()).map(({ state }) => state)).toEqual(['skipped', 'sending'])
  await expect.poll(list).toMatchObject([
    { on: ['SUCCEEDED'], kind: 'webhook', to: 'http://127.0.0.1:9', failures: 0, message: null },
    {
      on: ['FAILED'],
      failures: expect.toSatisfy((failures) => failures > 0),
      message: 'http://127.0.0.1:9 could not be reached',
      deliveredAt: null,
    },
  ])
  const { stdout } = await cli.tern(['get', 'notification', 'told'])
  expect(stdout).toMatch(/^ON +TO +STATE +PROBLEM\n/)
  expect(stdout).toMatch(/FAILED +webhook http:\/\/127.0.0.1:9 +sending/)
})

test('a run may have none, and what is no run is said', async () => {
  await startRun('quiet', [])
  expect((await cli.tern(['get', 'notification', 'quiet'])).stdout).toBe('The run tells nobody of its end.\n')
  expect((await cli.tern(['get', 'notification', 'nobody'])).stderr).toContain('run nobody does not exist')
})
