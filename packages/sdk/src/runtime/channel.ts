import { Socket } from 'node:net'
import { FrameSplitter } from './frame-reader.ts'
import { FrameWriter } from './frame-writer.ts'

// So much may wait to be sent before calls of tasks are held back.
const maxWaitingBytes = 8 * 1024 * 1024

export interface ChannelEvents {
  frame(frame: Buffer): void
  /** Before what is waiting is sent. */
  beforeFlush(): void
  closed(): void
}

/** The worker's end of the stream to the server. What is written within one turn of the event loop leaves as one frame. */
export class Channel {
  readonly out = new FrameWriter()
  private readonly socket: Socket
  private readonly events: ChannelEvents
  private isScheduled = false
  private isCongested = false
  private waitingForRoom: (() => void)[] = []

  constructor(fd: number, events: ChannelEvents) {
    this.events = events
    this.socket = new Socket({ fd, readable: true, writable: true })
    const splitter = new FrameSplitter()
    this.socket.on('data', (chunk: Buffer) => {
      for (const frame of splitter.push(chunk)) events.frame(frame)
    })
    this.socket.on('drain', () => this.drained())
    this.socket.on('end', () => events.closed())
    this.socket.on('close', () => events.closed())
    this.socket.on('error', () => events.closed())
  }

  /** Sends what is written to `out`, when this turn of the event loop is over. */
  schedule(): void {
    if (this.isScheduled) return
    this.isScheduled = true
    setImmediate(() => this.flush())
  }

  /** Whether so much waits to be sent that no more should be added. */
  get isFull(): boolean {
    return this.out.length > maxWaitingBytes
  }

  /** Resolves when some of what waits has been sent. */
  room(): Promise<void> {
    return new Promise((resolve) => this.waitingForRoom.push(resolve))
  }

  /** Sends what is waiting, then calls back. */
  end(done: () => void): void {
    this.isCongested = false
    this.flush()
    this.socket.end(done)
  }

  private flush(): void {
    this.isScheduled = false
    if (this.isCongested) return
    this.events.beforeFlush()
    if (this.out.isEmpty) return
    this.isCongested = !this.socket.write(this.out.take())
    this.wake()
  }

  private drained(): void {
    this.isCongested = false
    this.flush()
  }

  // Each looks again whether there is room still, since others came first.
  private wake(): void {
    const waiting = this.waitingForRoom
    this.waitingForRoom = []
    for (const resume of waiting) resume()
  }
}
