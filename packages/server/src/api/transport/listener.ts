import { createServer as createHttp1Server } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2'
import { createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { ListenError } from './listen-error.ts'
import type { HttpHandler } from './http-message.ts'

export interface ListenOptions {
  /** Address to bind. */
  readonly host: string
  /** Port to bind; 0 for a free one. */
  readonly port: number
  readonly handler: HttpHandler
}

// What every HTTP/2 connection begins with. No HTTP/1.1 request begins with its first three bytes.
const http2Preface = Buffer.from('PRI')

// Longer than clients keep an idle connection (90 s), so that none sends a request into a connection being closed.
const keepAliveTimeoutMs = 120_000

// Silence after which the system asks whether the other side is still there.
const keepAliveDelayMs = 30_000

// A connection that says nothing is not worth a file descriptor.
const firstBytesTimeoutMs = 10_000

/** One TCP port that serves HTTP/1.1 and HTTP/2 without TLS: the first bytes of a connection tell which. */
export class Listener {
  readonly host: string
  readonly port: number
  readonly #server: Server
  readonly #http1 = createHttp1Server({ keepAliveTimeout: keepAliveTimeoutMs })
  readonly #http2 = createHttp2Server({ settings: { maxConcurrentStreams: 1000 } })
  readonly #sockets = new Set<Socket>()
  readonly #sessions = new Set<ServerHttp2Session>()
  #stopping = false

  /** Throws ListenError when the address cannot be bound. */
  static async start(options: ListenOptions): Promise<Listener> {
    // A client that vanished without a word would keep its streams open for ever.
    const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelayMs })
    server.listen(options.port, options.host)
    try {
      await once(server, 'listening')
    } catch (error) {
      throw ListenError.from(error, options)
    }
    return new Listener(server, options)
  }

  private constructor(server: Server, options: ListenOptions) {
    const address = server.address()
    this.host = options.host
    this.port = typeof address === 'object' && address !== null ? address.port : options.port
    this.#server = server
    this.#http1.on('request', (request, response) => {
      // A kept-alive connection would hold up the stop for as long as its client likes.
      response.once('finish', () => this.#stopping && request.socket.destroySoon())
      options.handler(request, response)
    })
    this.#http2.on('request', options.handler)
    this.#http2.on('session', (session) => this.#track(session))
    // The server's timeouts for slow requests run from this event on, which it has no occasion to emit itself.
    this.#http1.emit('listening')
    server.on('connection', (socket) => this.#accept(socket))
  }

  /** Where clients reach it. */
  get url(): string {
    return `http://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`
  }

  /**
   * Takes no more connections, lets requests finish for as long as the grace period lasts, then closes what is left.
   * Streams must be ended by whoever writes them.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    const closed = this.#server.listening ? once(this.#server, 'close') : Promise.resolve()
    this.#server.close()
    this.#http1.close(() => undefined)
    this.#http1.closeIdleConnections()
    for (const session of this.#sessions) session.close()
    const deadline = setTimeout(() => this.#destroySockets(), graceMs)
    await closed
    clearTimeout(deadline)
  }

  #destroySockets(): void {
    for (const session of this.#sessions) session.destroy()
    for (const socket of this.#sockets) socket.destroy()
  }

  #track(session: ServerHttp2Session): void {
    this.#sessions.add(session)
    session.once('close', () => this.#sessions.delete(session))
    if (this.#stopping) session.close()
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    // Broken connections end their requests; there is nobody else to tell.
    socket.on('error', () => socket.destroy())
    socket.setTimeout(firstBytesTimeoutMs, () => socket.destroy())
    this.#dispatch(socket, Buffer.alloc(0))
  }

  #dispatch(socket: Socket, seen: Buffer): void {
    socket.once('readable', () => {
      const chunk: Buffer | null = socket.read()
      // At the end of what the other side sends there is nothing to read.
      if (chunk === null && socket.readableEnded) return
      const bytes = chunk === null ? seen : Buffer.concat([seen, chunk])
      const isHttp2 = bytes.subarray(0, http2Preface.length).equals(http2Preface.subarray(0, bytes.length))
      if (isHttp2 && bytes.length < http2Preface.length) return this.#dispatch(socket, bytes)
      socket.setTimeout(0)
      socket.removeAllListeners('timeout')
      socket.unshift(bytes)
      this.#handOver(socket, isHttp2)
    })
  }

  #handOver(socket: Socket, isHttp2: boolean): void {
    const server = isHttp2 ? this.#http2 : this.#http1
    server.emit('connection', socket)
  }
}
