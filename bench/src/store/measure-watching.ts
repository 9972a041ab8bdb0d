import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { create, toBinary } from '@bufbuild/protobuf'
import { WatchActionsRequestSchema } from '@tern/idl/workflow'
import { statsOf } from '../process-stats.ts'
import type { Clients } from '../clients.ts'
import type { Filled } from './fill.ts'
import { Latencies } from './latencies.ts'

export interface Watching {
  /** Until every action of the run had arrived. */
  readonly seconds: number
  readonly actions: number
  readonly messages: number
  /** Of another client's requests, meanwhile. */
  readonly others: Latencies
}

/** Watches the largest run until all of it has arrived, while another client asks for details of it. */
export async function measureWatching(clients: Clients, { largestRun }: Filled, size: number): Promise<Watching> {
  const others = new Latencies()
  const watched = new AbortController()
  const asking = askMeanwhile(clients, largestRun, others, watched.signal)
  const begin = performance.now()
  const seen = new Set<string>()
  let messages = 0
  try {
    for await (const { enrichedActions } of clients.runs.watchActions(
      { runId: largestRun },
      { signal: watched.signal },
    )) {
      messages++
      for (const { action } of enrichedActions) seen.add(action?.id?.name ?? '')
      if (seen.size >= size) break
    }
  } finally {
    watched.abort()
  }
  const seconds = (performance.now() - begin) / 1000
  await asking
  return { seconds, actions: seen.size, messages, others }
}

async function askMeanwhile(
  { runs }: Clients,
  runId: Filled['largestRun'],
  latencies: Latencies,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await latencies.time(() => runs.getRunDetails({ runId }))
    await delay(5)
  }
}

export interface Stalled {
  readonly watchers: number
  readonly beforeMib: number
  readonly afterMib: number
}

/** What watchers of the largest run cost the server that ask, and then read nothing. */
export async function measureStalled(
  server: { readonly url: string; readonly pid: number },
  { largestRun }: Filled,
  { watchers, httpVersion }: { readonly watchers: number; readonly httpVersion: '1.1' | '2' },
): Promise<Stalled> {
  const request = toBinary(WatchActionsRequestSchema, create(WatchActionsRequestSchema, { runId: largestRun }))
  const body = Buffer.concat([Buffer.from([0, 0, 0, 0, request.length]), request])
  const beforeMib = residentMib(server.pid)
  const stall = httpVersion === '2' ? stallHttp2 : stallHttp1
  const stalled = Array.from({ length: watchers }, () => stall(new URL(server.url), body))
  await settled(server.pid)
  const afterMib = residentMib(server.pid)
  for (const end of stalled) end()
  return { watchers, beforeMib, afterMib }
}

const path = '/flyteidl2.workflow.RunService/WatchActions'
const contentType = 'application/connect+proto'

function stallHttp1(url: URL, body: Buffer): () => void {
  const socket = connectTcp(Number(url.port), url.hostname)
  // Read by nobody: what the system takes in for the socket, it takes, and no more.
  socket.pause()
  socket.on('error', () => {})
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: ${contentType}\r\n` +
      `connect-protocol-version: 1\r\ncontent-length: ${body.length}\r\n\r\n`,
  )
  socket.write(body)
  return () => socket.destroy()
}

function stallHttp2(url: URL, body: Buffer): () => void {
  const session = connectHttp2(url.origin)
  session.on('error', () => {})
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': contentType })
  stream.on('error', () => {})
  stream.pause()
  stream.end(body)
  return () => session.destroy()
}

/** Waits until the server has nothing more to do for those that are stalled. */
async function settled(pid: number): Promise<void> {
  const cpu = () => statsOf(pid)?.cpuSeconds ?? 0
  for (let before = -1, now = cpu(); now - before > 0.05; before = now, now = cpu()) await delay(1000)
}

function residentMib(pid: number): number {
  return statsOf(pid)?.rssMib ?? 0
}
