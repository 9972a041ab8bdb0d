import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { ServerReader } from './server-reader.ts'

test('where a file has ended nothing is read', async () => {
  const server = createServer(({ headers }, response) => {
    if (headers.range !== undefined) response.writeHead(416)
    response.end(headers.range === undefined ? '' : 'the file has 0 bytes')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const reader = new ServerReader(async () => ({ url, expiresAtMs: Date.now() + 60_000 }))
    expect(await text(await reader.open('/data/empty'))).toBe('')
    expect(await text(await reader.open('/data/empty', { end: 10 }))).toBe('')
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
