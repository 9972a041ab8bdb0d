import { create, type JsonValue } from '@bufbuild/protobuf'
import { literalTypes, toLiteral, typedInterface } from '@tern/core'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { createClient, type TernClient } from '@tern/sdk/client'
import { type ServerOptions, startServer, type TernServer } from '@tern/server'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { runCli } from '../src/run-cli.ts'
import { memoryIo, type MemoryIoOptions } from '../src/test/memory-io.ts'

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A real server, and commands that run in the test's process and talk to it. */
export class InProcess {
  readonly url: string
  /** A folder that is gone when the test has ended. */
  readonly folder: string
  readonly client: TernClient
  private readonly server: TernServer

  private constructor(server: TernServer, folder: string) {
    this.server = server
    this.folder = folder
    this.url = server.url
    this.client = createClient({ endpoint: server.url, project: 'flytesnacks', domain: 'development' })
  }

  static async start(options: ServerOptions = {}): Promise<InProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'tern-cli-'))
    const logger = pino({ level: 'silent' })
    return new InProcess(await startServer({ port: 0, dataDir: join(folder, 'data'), logger, ...options }), folder)
  }

  async tern(args: readonly string[], options: MemoryIoOptions = {}): Promise<Finished> {
    const io = memoryIo({
      now: Date.now(),
      cwd: this.folder,
      ...options,
      env: { TERN_ENDPOINT: this.url, ...options.env },
    })
    const code = await runCli(args, io)
    return { code, ...io.written }
  }

  /** The command with `-o json`, and what it prints. Rejects when it fails. */
  async json<T>(args: readonly string[], options: MemoryIoOptions = {}): Promise<T> {
    const { code, stdout, stderr } = await this.tern([...args, '-o', 'json'], options)
    if (code !== 0) throw new Error(`tern ${args.join(' ')} ended with ${code}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  /** Calls a method that the command has no use for, with a message as JSON. */
  async call(method: string, message: JsonValue): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${this.url}/${method}`, { method: 'POST', headers, body: JSON.stringify(message) })
    if (!answer.ok) throw new Error(`${method} answered ${await answer.text()}`)
  }

  async stop(): Promise<void> {
    await this.server.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A task `numbers: list<integer>, day: datetime, shout?: boolean -> o0: integer`, of a type that nothing here executes. */
export function aTask(name: string, version = 'v1'): TaskSpec {
  const inputs = {
    numbers: literalTypes.list(literalTypes.integer()),
    day: literalTypes.datetime(),
    shout: literalTypes.boolean(),
  }
  return create(TaskSpecSchema, {
    taskTemplate: {
      id: { name, version },
      type: 'unheard-of',
      interface: typedInterface({ inputs, outputs: { o0: literalTypes.integer() } }),
    },
    defaultInputs: [
      {
        name: 'shout',
        parameter: {
          var: { type: inputs.shout },
          behavior: { case: 'default', value: toLiteral(false, inputs.shout) },
        },
      },
    ],
    documentation: { shortDescription: `Adds up, ${version}` },
  })
}
