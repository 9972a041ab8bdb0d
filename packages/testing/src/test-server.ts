import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { FailedPreconditionError } from '@tern/core'
import type { ConditionAnswer, RunHandle, RunOptions, Task } from '@tern/sdk'
import { createClient, startRemoteRun, type TernClient, toRunState } from '@tern/sdk/client'
import { definitionOf, toNamedInputs } from '@tern/sdk/internal'
import type * as Server from '@tern/server'

/** A server for a test. */
export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`; what `configure({ endpoint })` and `TERN_ENDPOINT` take. */
  readonly url: string
  readonly client: TernClient
  /** Starts a run of a task on it, as `run` does on the configured server. */
  run<I extends object, R>(
    task: Task<I, R>,
    ...args: Partial<I> extends I ? [inputs?: I, options?: RunOptions] : [inputs: I, options?: RunOptions]
  ): Promise<RunHandle<R>>
  /** Gives a condition of a run its value, as soon as it asks for one. */
  answer(run: RunHandle<unknown> | string, condition: string, value: ConditionAnswer): Promise<void>
  /** Stops it, with the workers that it has started, and removes its data. Harmless when that is done already. */
  stop(): Promise<void>
}

const lookAgainMs = 20

/**
 * Starts a server in this process, on a free port and with a data folder of its own. It needs the package `@tern/server`.
 *
 *     await using server = await startTestServer()
 *     const handle = await server.run(main, { n: 3 })
 *
 * @param options as for `startServer`; workers are given 1 s to stop, unless they say otherwise
 * @throws FailedPreconditionError when `@tern/server` is not installed
 */
export async function startTestServer(options: Server.ServerOptions = {}): Promise<TestServer> {
  const { startServer } = await loadServer()
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tern-test-')))
  const server = await startServer({ port: 0, abortGraceMs: 1000, ...options, dataDir })
  const client = createClient({ endpoint: server.url })
  let stopping: Promise<void> | undefined
  const stop = () =>
    (stopping ??= server.stop().then(async () => {
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    }))
  return {
    url: server.url,
    client,
    run: (task, ...[inputs, runOptions = {}]) => {
      const definition = definitionOf(task)
      return startRemoteRun(definition, toNamedInputs(definition, inputs), runOptions, client)
    },
    answer: (run, condition, value) => answer(client, typeof run === 'string' ? run : run.name, condition, value),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function loadServer(): Promise<typeof Server> {
  try {
    return await import('@tern/server')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new FailedPreconditionError('startTestServer needs the package @tern/server, which is not installed', {
      hint: 'npm install --save-dev @tern/server',
      cause,
    })
  }
}

async function answer(client: TernClient, run: string, name: string, value: ConditionAnswer): Promise<void> {
  for (;;) {
    for await (const pending of client.conditions.list(run)) {
      if (pending.name === name) return client.conditions.signal(run, pending.action, value)
    }
    const { isFinal, phase } = toRunState(run, await client.getAction(run))
    if (isFinal) {
      throw new FailedPreconditionError(`run ${run} has ended as ${phase}: condition ${name} waits no longer`)
    }
    await delay(lookAgainMs)
  }
}
