import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendText } from '../transport/http-message.ts'
import { Listener } from '../transport/listener.ts'
import { ConsoleFiles } from './console-files.ts'
import { Console } from './console.ts'

const folder = mkdtempSync(join(tmpdir(), 'tern-console-'))
const script = 'console.log(1)'
let listener: Listener

beforeAll(async () => {
  const app = new Console(pino({ level: 'silent' }), new ConsoleFiles(folder))
  listener = await Listener.start({
    host: '127.0.0.1',
    port: 0,
    handler: (request, response) => void (app.handle(request, response) || sendText(response, 404, 'not of the app')),
  })
})

afterAll(async () => {
  await listener.stop(0)
  rmSync(folder, { recursive: true, force: true })
})

test('an app that is not built says how to build it', async () => {
  const response = await fetch(`${listener.url}/`)
  expect(response.status).toBe(503)
  expect(await response.text()).toContain('npm run build')
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html>')
  writeFileSync(join(folder, 'build.json'), '{}')
  writeFileSync(join(folder, 'assets/app-1.js'), script)
  writeFileSync(join(folder, 'assets/app-1.js.br'), brotliCompressSync(script))
  writeFileSync(join(folder, 'assets/app-1.js.gz'), gzipSync(script))
})

test.each(['/', '/v2', '/v2/domain/development/project/p/runs/r1', '/v2/domain/d/project/p/triggers/env.task/nightly'])(
  'at %s is the app',
  async (path) => {
    const response = await fetch(listener.url + path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await response.text()).toBe('<!doctype html>')
  },
)

test('scripts of other hosts, scripts inside the page and frames around it are not allowed', async () => {
  const policy = (await fetch(`${listener.url}/`)).headers.get('content-security-policy')
  expect(policy).toContain("default-src 'none'; script-src 'self';")
  expect(policy).toContain("frame-ancestors 'none'")
})

test('a page that has not changed is not sent again', async () => {
  const first = await fetch(`${listener.url}/`)
  const again = await fetch(`${listener.url}/`, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } })
  expect(again.status).toBe(304)
})

test.each([
  ['br, gzip', 'br'],
  ['gzip, deflate', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['identity', null],
])('who accepts %s gets a file in %s, for ever', async (accepted, encoding) => {
  const response = await fetch(`${listener.url}/console/assets/app-1.js`, { headers: { 'accept-encoding': accepted } })
  expect(response.headers.get('content-encoding')).toBe(encoding)
  expect(response.headers.get('cache-control')).toContain('immutable')
  expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(await response.text()).toBe(script)
})

test.each([
  '/console/assets/app-2.js',
  '/console/assets/../build.json',
  '/console/assets/..%2fbuild.json',
  '/console/build.json',
  '/console/assets/app-1.js.br',
  '/v2x',
])('there is nothing at %s', async (path) => {
  const response = await fetch(listener.url + path)
  expect(response.status).toBe(404)
  expect(response.headers.get('cache-control')).toBeNull()
})

test('what is built while the server runs is there', async () => {
  writeFileSync(join(folder, 'assets/app-2.js'), 'console.log(2)')
  utimesSync(join(folder, 'index.html'), 1, 1)
  expect(await (await fetch(`${listener.url}/console/assets/app-2.js`)).text()).toBe('console.log(2)')
})

test('nothing but reading is for the app', async () => {
  expect((await fetch(`${listener.url}/`, { method: 'POST' })).status).toBe(404)
})
