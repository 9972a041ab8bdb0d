import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

type Fault = 'none' | 'lose the request' | 'lose the answer'

/** Stands between the store and a real Postgres, and breaks connections when a test says so. */
export class FlakyProxy {
  /** The address of the same database, through the proxy. */
  readonly url: string
  readonly #server: Server
  readonly #target: URL
  readonly #sockets = new Set<Socket>()
  #fault: Fault = 'none'
  #isDown = false
  /** How many connections were refused, since it was down. */
  refused = 0

  private constructor(server: Server, target: URL, port: number) {
    this.#server = server
    this.#target = target
    const url = new URL(target)
    url.host = `127.0.0.1:${port}`
    this.url = url.href
    server.on('connection', (socket) => this.#accept(socket))
  }

  static async start(url: string): Promise<FlakyProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    return new FlakyProxy(server, new URL(url), address.port)
  }

  /** What is sent next never arrives, and the connection it is sent over breaks. */
  loseNextRequest(): void {
    this.#fault = 'lose the request'
  }

  /** What is sent next arrives and is done; before the answer to it arrives, the connection breaks. */
  loseNextAnswer(): void {
    this.#fault = 'lose the answer'
  }

  /** Breaks all connections, and lets no new ones be made. */
  goDown(): void {
    this.#isDown = true
    for (const socket of this.#sockets) socket.destroy()
  }

  comeUp(): void {
    this.#isDown = false
  }

  async stop(): Promise<void> {
    this.goDown()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    if (this.#isDown) {
      this.refused += 1
      return void client.destroy()
    }
    const server = connect(Number(this.#target.port), this.#target.hostname)
    let losesAnswer = false
    client.on('data', (data) => {
      const fault = this.#fault
      this.#fault = 'none'
      if (fault === 'lose the request') return void client.destroy()
      losesAnswer ||= fault === 'lose the answer'
      server.write(data)
    })
    server.on('data', (data) => {
      if (losesAnswer) client.destroy()
      else client.write(data)
    })
    this.#join(client, server)
    this.#join(server, client)
  }

  #join(socket: Socket, other: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      other.destroy()
    })
  }
}
