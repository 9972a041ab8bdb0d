#!/usr/bin/env node
// The `tern` command. Plain JavaScript and there before the build, so that npm can link it at install time and an old
// Node gets a sentence instead of a syntax error.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = new URL('../dist/main.js', import.meta.url)
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`tern needs Node 22.18 or later, and this is ${process.version}.`)
  console.error('In a clone of the repository, `npx tern` runs on the Node that comes with it.')
  process.exitCode = 1
} else if (!existsSync(fileURLToPath(main))) {
  console.error('tern is not built yet: run `npm run build` first.')
  process.exitCode = 1
} else {
  if (process.argv[2] === 'start') limitMemory()
  await import(main.href)
}

// What a server allocates lives for a moment or for as long as an action does. V8 would keep hundreds of MiB of young
// generation for the first, and let several times the size of the second gather as garbage.
function memoryFlags() {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ')
  const flags = { '--max-semi-space-size': 8, '--initial-old-space-size': 64, '--heap-growing-percent': 50 }
  return Object.entries(flags).flatMap(([flag, value]) => (given.includes(flag) ? [] : [`${flag}=${value}`]))
}

/** Starts the program again, as the same process, with `memoryFlags`. Where processes cannot be replaced, nothing changes. */
function limitMemory() {
  const flags = memoryFlags()
  if (flags.length === 0 || process.platform === 'win32' || process.execve === undefined) return
  const [program, ...args] = process.argv
  process.execve(program, [program, ...flags, ...process.execArgv, ...args], process.env)
}
