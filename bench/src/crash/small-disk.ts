// Run by faults.ts in a mount namespace of its own: a server whose disk is full, or whose storage is read-only, for a while.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ServerProcess } from '@tern/test-support/server-process'
import { kinds, MixedLoad } from '../load/mixed-load.ts'

const [kind, folder = '', leaves] = process.argv.slice(2)
const outageMs = 2_000
const longestMs = 180_000

async function main(): Promise<ReadonlyArray<string>> {
  const dataDir = join(folder, 'data')
  const disk = kind === 'full' ? dataDir : join(dataDir, 'storage')
  mkdirSync(disk, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tern', disk])
  const server = await ServerProcess.start({ dataDir, log: 'ignore' })
  try {
    const load = new MixedLoad(folder)
    load.connect(server.url)
    await Promise.all(kinds.map((each) => load.start(each, Number(leaves))))
    await (kind === 'full' ? fill(disk) : forbid(disk))
    return await load.verify(longestMs)
  } finally {
    await server.stop()
    execFileSync('umount', [disk])
  }
}

async function fill(disk: string): Promise<void> {
  const file = join(disk, 'filler')
  const descriptor = openSync(file, 'w')
  try {
    for (;;) writeSync(descriptor, new Uint8Array(4096).fill(1))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
  closeSync(descriptor)
  await delay(outageMs)
  rmSync(file)
}

/** The system refuses that while a file is being written. */
async function forbid(disk: string): Promise<void> {
  while (!remount(disk, 'ro')) await delay(5)
  await delay(outageMs)
  remount(disk, 'rw')
}

function remount(disk: string, mode: 'ro' | 'rw'): boolean {
  try {
    execFileSync('mount', ['-o', `remount,${mode}`, disk], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

console.log(JSON.stringify(await main()))
process.exit(0)
