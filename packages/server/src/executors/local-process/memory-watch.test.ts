import { type ChildProcess, spawn } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import { MemoryWatch } from './memory-watch.ts'

const mebibyte = 2 ** 20
const started: ChildProcess[] = []
afterEach(() => {
  for (const { pid } of started.splice(0)) process.kill(-pid!, 'SIGKILL')
})

/** A process group that holds so much memory, half of it in a process that it has started. */
function hold(mebibytes: number): number {
  const half = `import sys, time, subprocess; held = bytes(b"x") * (${mebibytes / 2} << 20)`
  const more = 'if len(sys.argv) < 2: subprocess.Popen([sys.executable, "-c", sys.orig_argv[2], "last"])'
  const child = spawn('python3', ['-c', `${half}\n${more}\ntime.sleep(600)`], { detached: true, stdio: 'ignore' })
  started.push(child)
  return child.pid!
}

test('a group that uses more than it may is reported once, with how much that is, and others are not', async () => {
  const watch = new MemoryWatch()
  const reported: string[] = []
  const used = new Promise<number>((resolve) => {
    watch.watch({ group: hold(20), limitBytes: 150 * mebibyte, onExceeded: () => reported.push('small') })
    watch.watch({
      group: hold(200),
      limitBytes: 150 * mebibyte,
      onExceeded: (bytes) => {
        reported.push('large')
        resolve(bytes)
      },
    })
  })
  expect(await used).toBeGreaterThan(150 * mebibyte)
  expect(await used).toBeLessThan(300 * mebibyte)
  expect(reported).toEqual(['large'])
})
