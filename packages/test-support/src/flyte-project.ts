import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { fromOutputs, toInputs } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { createClient, type TernClient } from '@tern/sdk/client'
import { flytePython, type FlytePython } from './python.ts'
import { ServerProcess } from './server-process.ts'

const exec = promisify(execFile)

export interface FlyteProjectOptions {
  /** Folder whose files it begins with. */
  readonly files: string
  /** Which release of Flyte's SDK its user has installed. Defaults to the newest. */
  readonly release?: Parameters<typeof flytePython>[0]
  /** Variables that its user's shell has, other than usual. */
  readonly env?: Readonly<Record<string, string>>
}

/**
 * A folder of somebody who uses Flyte's own SDK and command, which are set up as Tern's README says, and the built server
 * that they use.
 */
export class FlyteProject {
  readonly folder: string
  readonly client: TernClient
  readonly #python: FlytePython
  readonly #env: Readonly<Record<string, string>>
  #server: ServerProcess

  private constructor(
    folder: string,
    python: FlytePython,
    env: Readonly<Record<string, string>>,
    server: ServerProcess,
  ) {
    this.folder = folder
    this.#python = python
    this.#env = env
    this.#server = server
    this.client = createClient({ endpoint: server.url })
  }

  static async start({ files, release, env = {} }: FlyteProjectOptions): Promise<FlyteProject> {
    const python = await flytePython(release)
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tern-python-')))
    cpSync(files, folder, { recursive: true })
    const server = await ServerProcess.start({ dataDir: join(folder, 'data'), python: python.python, log: 'ignore' })
    const project = new FlyteProject(folder, python, env, server)
    try {
      await project.configure(server.url)
    } catch (error) {
      await project.stop()
      throw error
    }
    return project
  }

  get url(): string {
    return this.#server.url
  }

  /** Its interpreter, which has Flyte's SDK. */
  get python(): string {
    return this.#python.python
  }

  /** Writes the config that Flyte's command and SDK find the server with. */
  async configure(url: string): Promise<void> {
    const endpoint = new URL(url).host.replace('127.0.0.1', 'localhost')
    const place = ['--project', 'flytesnacks', '--domain', 'development']
    await this.flyte('create', 'config', '--endpoint', endpoint, '--insecure', ...place, '--force')
  }

  /** What Flyte's own command says, whether it succeeds or not. */
  flyte(...args: ReadonlyArray<string>): Promise<string> {
    return this.#said(this.#python.flyte, args)
  }

  /** Starts a run with Flyte's own command, waits for its end, and tells its name. */
  async run(...args: ReadonlyArray<string>): Promise<string> {
    const output = await this.flyte('run', '--follow', ...args)
    const name = /Created Run: ([\w-]+)/.exec(output)?.[1]
    if (name === undefined) throw new Error(`flyte run ${args.join(' ')} says:\n${output}`)
    return name
  }

  /** Runs a deployed task, of whatever language, and tells the name of the run. */
  async runDeployed(name: string, inputs: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { taskId, spec } = await this.client.getTask({ name })
    const reference = { name, version: taskId?.version ?? '' }
    const given = toInputs(inputs, spec?.taskTemplate?.interface?.inputs)
    const run = await this.client.createRun({ task: { reference }, inputs: given })
    return run.action?.id?.run?.name ?? ''
  }

  /** The one output of a run, when it has ended. Rejects with its error. */
  async outputOf(run: string): Promise<unknown> {
    const { status, result, spec } = await this.client.waitForAction(run)
    if (status?.phase !== ActionPhase.SUCCEEDED) throw new Error(`run ${run} ended: ${JSON.stringify(result)}`)
    const { outputs } = await this.client.getActionData(run)
    const types = spec.case === 'task' ? spec.value.taskTemplate?.interface?.outputs : undefined
    return outputs && fromOutputs(outputs, types)['o0']
  }

  /** What a program that uses Flyte's SDK printed as its result. */
  async program<T>(...args: ReadonlyArray<string>): Promise<T> {
    const output = await this.#said(this.#python.python, args)
    const result = /^RESULT (.*)$/m.exec(output)?.[1]
    if (result === undefined) throw new Error(`python ${args.join(' ')} says:\n${output}`)
    return JSON.parse(result) as T
  }

  /** Ends the server with no chance to do anything about it, and starts it again. */
  async restartServer(): Promise<void> {
    const { port } = this.#server
    await this.#server.kill()
    const dataDir = join(this.folder, 'data')
    this.#server = await ServerProcess.start({ dataDir, port, python: this.#python.python, log: 'ignore' })
  }

  async stop(): Promise<void> {
    await this.#server.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #said(command: string, args: ReadonlyArray<string>): Promise<string> {
    const { PATH = '' } = process.env
    // The home folder holds its caches: of what was uploaded to which server, among other things.
    const env = { PATH, HOME: this.folder, COLUMNS: '300', NO_COLOR: '1', TMPDIR: tmpdir(), ...this.#env }
    const output = await exec(command, [...args], { cwd: this.folder, env }).catch((error: unknown) => error)
    const { stdout, stderr } = output as { stdout: string; stderr: string }
    return stripVTControlCharacters(stdout + stderr)
  }
}
