import type { Duplex } from 'node:stream'

/** A frame larger than this is a broken or hostile peer: 64 MiB. */
const maxFrameBytes = 64 * 1024 * 1024

/** Calls back with each length-prefixed frame that arrives. The bytes are only valid during the call. */
export function readFrames(socket: Duplex, onFrame: (frame: Uint8Array) => void): void {
  let pending: Buffer[] = []
  let available = 0
  socket.on('data', (chunk: Buffer) => {
    pending.push(chunk)
    available += chunk.length
    // Joining only once a frame is whole keeps a large frame, arriving in many chunks, from being copied for each.
    if (available < 4 || available < wanted(pending)) return
    let buffer = pending.length === 1 ? chunk : Buffer.concat(pending)
    while (buffer.length >= 4) {
      const length = buffer.readUInt32LE(0)
      if (length > maxFrameBytes) {
        socket.destroy(new Error(`a frame of ${length} bytes is over the limit of ${maxFrameBytes}`))
        return
      }
      if (buffer.length < 4 + length) break
      onFrame(buffer.subarray(4, 4 + length))
      buffer = buffer.subarray(4 + length)
    }
    pending = buffer.length > 0 ? [buffer] : []
    available = buffer.length
  })
}

function wanted(pending: Buffer[]): number {
  const first = pending[0]!
  const header = first.length >= 4 ? first : Buffer.concat(pending)
  if (header !== first) pending.splice(0, pending.length, header)
  return 4 + header.readUInt32LE(0)
}

/** Writes one frame. Returns false when the other side should be given time to read. */
export function writeFrame(socket: Duplex, frame: Uint8Array): boolean {
  const bytes = Buffer.allocUnsafe(4 + frame.length)
  bytes.writeUInt32LE(frame.length, 0)
  bytes.set(frame, 4)
  return socket.write(bytes)
}
