import { gzipSync } from 'node:zlib'
import { Code } from '@connectrpc/connect'
import { expect, test } from 'vitest'
import { gzip } from './gzip.ts'

const limit = 10 * 2 ** 20
const unpack = (bytes: Uint8Array, readMaxBytes = limit) => gzip.decompress(new Uint8Array(bytes), readMaxBytes)

test.each([0, 1, 1000, 300_000, 5_000_000])('%d bytes are unpacked, however small they were packed', async (size) => {
  const plain = Buffer.alloc(size, 'flyte ')
  expect(Buffer.from(await unpack(gzipSync(plain))).equals(plain)).toBe(true)
})

test('what is larger than a message may be is refused', async () => {
  await expect(unpack(gzipSync(Buffer.alloc(200_000)), 100_000)).rejects.toMatchObject({ code: Code.ResourceExhausted })
})

test('what is not gzip is refused', async () => {
  await expect(unpack(Buffer.from('no gzip at all'))).rejects.toMatchObject({ code: Code.InvalidArgument })
})
