import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'

interface ServedJob {
  readonly id: string
  readonly n: number
  isDeleted: boolean
  looks: number
}

/** A service that squares numbers in jobs, which last for as long as a test wants. */
export class JobService {
  readonly #server: Server
  readonly jobs: ServedJob[] = []
  /** Idempotency keys, once for each request that creates. */
  readonly creations: string[] = []
  /** What a job says; undefined is that it runs. */
  outcome: ((job: ServedJob) => object | undefined) | undefined
  /** Has answers to creations wait. */
  beforeCreated: () => Promise<unknown> = async () => {}

  private constructor() {
    this.#server = createServer((request, answer) => void this.#serve(request, answer))
  }

  static async start(): Promise<JobService> {
    const service = new JobService()
    await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', resolve))
    return service
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on jobs are done. */
  finish(): void {
    this.outcome = ({ n, id }) => ({ phase: 'succeeded', outputs: { square: n * n, job: id } })
  }

  /** Waits until the last job has been looked at so often. */
  async untilSeen(looks: number): Promise<void> {
    await expect.poll(() => this.jobs.at(-1)?.looks ?? 0).toBeGreaterThanOrEqual(looks)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const key = String(request.headers['idempotency-key'])
    const { pathname, searchParams } = new URL(request.url ?? '', this.url)
    if (pathname === '/sum') return send(answer, { sum: Number(searchParams.get('n')) + 1, key })
    if (pathname === '/machines') return send(answer, { free: 4 })
    if (pathname === '/') return void answer.end()
    if (request.method === 'POST') {
      this.creations.push(key)
      const { n } = JSON.parse(await text(request)) as { readonly n: number }
      const id = `job-${new Set(this.creations).size}`
      if (!this.jobs.some((job) => job.id === id)) this.jobs.push({ id, n, isDeleted: false, looks: 0 })
      await this.beforeCreated()
      return send(answer, { id })
    }
    const job = this.jobs.find(({ id }) => pathname === `/jobs/${id}`)
    if (job === undefined) return void answer.writeHead(404).end()
    if (request.method === 'DELETE') job.isDeleted = true
    else job.looks += 1
    send(answer, this.outcome?.(job) ?? { phase: 'running', message: `of ${job.n}` })
  }
}

function send(answer: ServerResponse, body: object): void {
  answer.end(JSON.stringify(body))
}
