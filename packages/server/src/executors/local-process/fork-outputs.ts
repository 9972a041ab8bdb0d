import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

/** The two connections that a forked process writes to. */
export interface ForkOutput {
  /** What names the process on both. */
  readonly number: number
  readonly stdout: Promise<Socket>
  readonly stderr: Promise<Socket>
  /** The process will not be. */
  forget(): void
}

type Stream = 'stdout' | 'stderr'
type Expected = Readonly<Record<Stream, PromiseWithResolvers<Socket>>>

/** Takes the connections that forked processes write their output to: each says in its first line whose it is. */
export class ForkOutputs {
  readonly address: string
  readonly #server: Server
  readonly #expected = new Map<number, Expected>()
  readonly #open = new Set<Socket>()
  #last = 0

  private constructor(address: string) {
    this.address = address
    this.#server = createServer({ pauseOnConnect: true }, (socket) => this.#greet(socket))
  }

  static async listen(address: string): Promise<ForkOutputs> {
    const outputs = new ForkOutputs(address)
    outputs.#server.listen({ path: address, backlog: 511 })
    await once(outputs.#server, 'listening')
    outputs.#server.unref()
    return outputs
  }

  expect(): ForkOutput {
    this.#last += 1
    const number = this.#last
    const both = { stdout: Promise.withResolvers<Socket>(), stderr: Promise.withResolvers<Socket>() }
    this.#expected.set(number, both)
    return {
      number,
      stdout: both.stdout.promise,
      stderr: both.stderr.promise,
      forget: () => this.#expected.delete(number),
    }
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#open) socket.destroy()
  }

  #greet(socket: Socket): void {
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    // A process that is killed resets nothing that matters: what it wrote has been read.
    socket.on('error', () => {})
    let greeting = Buffer.alloc(0)
    const read = () => {
      for (let chunk: Buffer | null; (chunk = socket.read() as Buffer | null) !== null; ) {
        greeting = Buffer.concat([greeting, chunk])
        const end = greeting.indexOf(10)
        if (end === -1) continue
        socket.off('readable', read)
        if (end + 1 < greeting.length) socket.unshift(greeting.subarray(end + 1))
        return this.#assign(socket, greeting.toString('latin1', 0, end))
      }
    }
    socket.on('readable', read)
  }

  #assign(socket: Socket, greeting: string): void {
    const [, number, stream] = /^(\d+) (stdout|stderr)$/.exec(greeting) ?? []
    const expected = this.#expected.get(Number(number))?.[stream as Stream]
    if (expected === undefined) socket.destroy()
    else expected.resolve(socket)
  }
}
