// Run by storage-faults.test.ts in a mount namespace of its own: a server whose storage is read-only for a while.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { configure, run } from '@tern/sdk'
import { createClient } from '@tern/sdk/client'
import { startTestServer } from '@tern/test-support'
import { lengthOf, manyLarge } from './failure-tasks.ts'

const outageMs = 3_000
const [dataDir = ''] = process.argv.slice(2)
const storage = join(dataDir, 'storage')

function mount(...options: string[]): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tern', storage])
}

mkdirSync(storage, { recursive: true })
mount('size=64m')
const server = await startTestServer({ dataDir })
configure({ endpoint: server.url })
const client = createClient({ endpoint: server.url })

async function attemptsOf(name: string): Promise<number[]> {
  const attempts: number[] = []
  for await (const { status } of client.listActions(name)) attempts.push(status?.attempts ?? 0)
  return attempts
}

// Bundles are uploaded and workers started by then: what is written during the outage are inputs and outputs.
await (await run(manyLarge, { count: 1, afterMs: 0 })).outputs()
await (await run(lengthOf, { text: '' })).outputs()
const many = await run(manyLarge, { count: 30, afterMs: 1_000 })
mount('remount', 'ro')
const long = run(lengthOf, { text: 'x'.repeat(300_000) })
await delay(outageMs)
const before = await client.getRun(many.name)
mount('remount', 'rw')
const outputs = [await many.outputs(), await (await long).outputs()]
const wasOver = before.action?.status?.endTime !== undefined
const attempts = [...new Set(await attemptsOf(many.name))]
process.stdout.write(`${JSON.stringify({ outputs, wasOver, attempts })}\n`)
await server.stop()
execFileSync('umount', [storage])
process.exit(0)
