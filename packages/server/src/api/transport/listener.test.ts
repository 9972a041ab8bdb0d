import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { HttpHandler } from './http-message.ts'
import { Listener } from './listener.ts'

const listeners: Listener[] = []
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.stop(0)))
})

const sayVersion: HttpHandler = (request, response) => {
  response.end(request.httpVersion)
}

async function listen(handler: HttpHandler = sayVersion): Promise<Listener> {
  const listener = await Listener.start({ host: '127.0.0.1', port: 0, handler })
  listeners.push(listener)
  return listener
}

async function open({ port }: Listener): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

async function getHttp2(url: string): Promise<string> {
  const session = connectHttp2(url)
  const stream = session.request({ ':path': '/' })
  let text = ''
  for await (const chunk of stream) text += chunk
  session.close()
  return text
}

const getHttp1 = (url: string) => fetch(url).then((response) => response.text())

/** Reads a socket to its end. */
async function readAll(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

describe('one port', () => {
  test('serves HTTP/1.1 and HTTP/2', async () => {
    const { url } = await listen()
    expect(await getHttp1(url)).toBe('1.1')
    expect(await getHttp2(url)).toBe('2.0')
  })

  test('tells them apart when the first bytes come one by one', async () => {
    const listener = await listen()
    const socket = await open(listener)
    socket.setNoDelay(true)
    const request = 'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'
    for (const char of request.slice(0, 4)) await new Promise<void>((resolve) => socket.write(char, () => resolve()))
    socket.write(request.slice(4))
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 200[\s\S]*1\.1/)
  })

  test('answers requests that come in one piece', async () => {
    const socket = await open(await listen())
    const get = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'
    socket.write(`${get}${get.replace('host: x', 'host: x\r\nconnection: close')}`)
    expect((await readAll(socket)).match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  })

  test('survives connections that say nothing, or nonsense', async () => {
    const listener = await listen()
    const silent = await open(listener)
    silent.destroy()
    const nonsense = await open(listener)
    nonsense.end('PRX nonsense\r\n\r\n')
    expect(await readAll(nonsense)).toContain('400')
    const cut = await open(listener)
    cut.end('PR')
    await once(cut, 'close')
    expect(await getHttp1(listener.url)).toBe('1.1')
  })
})

describe('an address that cannot be bound', () => {
  test('is named, with the way on', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const start = Listener.start({ host: '127.0.0.1', port, handler: sayVersion })
    await expect(start).rejects.toMatchObject({
      name: 'ListenError',
      message: `cannot listen on 127.0.0.1:${port}: the port is in use`,
      hint: expect.stringContaining('--port'),
    })
    taken.close()
  })

  test('is named when it is not one of the machine', async () => {
    const start = Listener.start({ host: '192.0.2.1', port: 0, handler: sayVersion })
    await expect(start).rejects.toMatchObject({ name: 'ListenError', message: expect.stringContaining('192.0.2.1:0') })
  })
})

describe('stopping', () => {
  test('lets a request finish and takes no more', async () => {
    const arrived = Promise.withResolvers<void>()
    const proceed = Promise.withResolvers<void>()
    let count = 0
    const listener = await listen((_request, response) => {
      count += 1
      if (count === 2) arrived.resolve()
      void proceed.promise.then(() => response.end('done'))
    })
    const answer = getHttp1(listener.url)
    const answer2 = getHttp2(listener.url)
    await arrived.promise
    const stopped = listener.stop(5000)
    await expect(getHttp1(listener.url)).rejects.toThrow()
    proceed.resolve()
    expect(await answer).toBe('done')
    expect(await answer2).toBe('done')
    await stopped
  })

  test('does not wait for idle connections', async () => {
    const listener = await listen()
    const keepAlive = await open(listener)
    keepAlive.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(keepAlive, 'data')
    const silent = await open(listener)
    const session = connectHttp2(listener.url)
    await once(session, 'remoteSettings')
    const closed = Promise.all([once(keepAlive, 'close'), once(session, 'close')])
    silent.on('error', () => undefined)
    silent.destroy()
    await listener.stop(60_000)
    await closed
  })

  test('closes what has not finished after the grace period', async () => {
    const arrived = Promise.withResolvers<void>()
    const listener = await listen(() => arrived.resolve())
    const failed = new Promise((resolve) => request(listener.url).on('error', resolve).end())
    await arrived.promise
    await listener.stop(10)
    expect(await failed).toBeInstanceOf(Error)
  })

  test('twice is once', async () => {
    const listener = await listen()
    await Promise.all([listener.stop(0), listener.stop(0)])
    await listener.stop(0)
  })
})
