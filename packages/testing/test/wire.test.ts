import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createClient } from '@connectrpc/connect'
import { fromOutputs, toInputs } from '@tern/core'
import { DataProxyService } from '@tern/idl/dataproxy'
import { ActionPhase } from '@tern/idl/common'
import { type TaskSpec, TaskService } from '@tern/idl/task'
import { RunService } from '@tern/idl/workflow'
import { bundleFile, type CodeBundle, loadBundle, taskSpecOf } from '@tern/sdk/bundle'
import type { TernServer } from '@tern/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eachTransport, startTestServer } from '@tern/test-support'

const place = { project: 'flytesnacks', domain: 'development' } as const
const projectId = { name: place.project, domain: place.domain } as const

let server: TernServer
let bundle: CodeBundle
beforeAll(async () => {
  ;[server, bundle] = await Promise.all([
    startTestServer(),
    bundleFile(fileURLToPath(new URL('./wire-tasks.ts', import.meta.url))),
  ])
})
afterAll(() => server.stop())

// What a client does that knows the protocol only, with clients generated from it: nothing of the SDK's own client.
eachTransport(describe, (transport) => {
  test('a task is uploaded, deployed, run, followed and read', async () => {
    const channel = transport.connect(server.url)
    const data = createClient(DataProxyService, channel)
    const tasks = createClient(TaskService, channel)
    const runs = createClient(RunService, channel)

    const location = await data.createUploadLocation({
      ...place,
      filename: bundle.fileName,
      contentMd5: createHash('md5').update(bundle.bytes).digest(),
      contentLength: BigInt(bundle.bytes.length),
    })
    const put = await fetch(location.signedUrl, { method: 'PUT', body: bundle.bytes, headers: location.headers })
    expect(put.status).toBe(200)

    const spec = await specOf('wire.add', location.nativeUrl)
    const taskId = { ...place, name: 'wire.add', version: bundle.version }
    await tasks.deployTask({ taskId, spec })
    const variables = spec.taskTemplate?.interface
    const { offloadedInputData } = await data.uploadInputs({
      id: { case: 'projectId', value: projectId },
      task: { case: 'taskId', value: taskId },
      inputs: toInputs({ a: 40, b: 2 }, variables?.inputs),
    })
    const { run } = await runs.createRun({
      id: { case: 'projectId', value: projectId },
      task: { case: 'taskId', value: taskId },
      inputWrapper: { case: 'offloadedInputData', value: offloadedInputData ?? {} },
    })
    const actionId = run?.action?.id
    expect(actionId?.name).toBe('a0')

    let phase: ActionPhase = ActionPhase.UNSPECIFIED
    for await (const { details } of runs.watchActionDetails({ actionId })) {
      phase = details?.status?.phase ?? ActionPhase.UNSPECIFIED
      expect(phase).not.toBe(ActionPhase.UNSPECIFIED)
    }
    expect(phase).toBe(ActionPhase.SUCCEEDED)
    const { outputs } = await data.getActionData({ actionId })
    expect(outputs && fromOutputs(outputs, variables?.outputs)).toEqual({ o0: 42 })
    const lines: string[] = []
    for await (const { logs } of data.tailLogs({ actionId, attempt: 1 })) {
      lines.push(...logs.flatMap((batch) => batch.lines).map(({ message }) => message))
    }
    expect(lines).toContain('adding 40 and 2\n')
  })

  async function specOf(name: string, bundleUri: string): Promise<TaskSpec> {
    const { tasks } = await loadBundle(bundle)
    const task = tasks.get(name)
    if (task === undefined) throw new Error(`${name} is not in the bundle`)
    return taskSpecOf(task, { org: 'tern', ...place, version: bundle.version, bundleUri })
  }
})
