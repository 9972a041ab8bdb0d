import { gunzipSync } from 'node:zlib'
import { compressionGzip } from '@connectrpc/connect-node'

// What is larger, or becomes larger, would keep other requests waiting.
const mostBytes = 16 * 1024
const mostUnpackedBytes = 256 * 1024

/**
 * Gzip, which unpacks small messages at once: Flyte's Python SDK packs every request, and to hand one to another thread takes
 * several times as long as to unpack it.
 */
export const gzip: typeof compressionGzip = {
  ...compressionGzip,
  async decompress(bytes, readMaxBytes) {
    if (bytes.length === 0 || bytes.length > mostBytes) return compressionGzip.decompress(bytes, readMaxBytes)
    try {
      return new Uint8Array(gunzipSync(bytes, { maxOutputLength: Math.min(readMaxBytes, mostUnpackedBytes) }))
    } catch {
      // It finds out what is wrong, unless it is only larger.
      return compressionGzip.decompress(bytes, readMaxBytes)
    }
  },
}
