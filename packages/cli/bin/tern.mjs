#!/usr/bin/env node
// The `tern` command. Plain JavaScript and there before the build, so that npm can link it at install time and an old
// Node gets a sentence instead of a syntax error.
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = new URL('../dist/main.js', import.meta.url)
// The same program in few files, which load in a third of the time.
const bundle = new URL('../dist/bundle/main.js', import.meta.url)
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
  await import(bundleIsFresh() ? bundle.href : main.href)
}

/** False where a part of it has been built since. What is published has no notes of the compiler, and nothing is built there. */
function bundleIsFresh() {
  const at = changedAt(bundle)
  if (at === undefined) return false
  const parts = ['idl', 'core', 'sdk', 'server', 'cli']
  return parts.every((name) => (changedAt(new URL(`../../${name}/dist/.tsbuildinfo`, import.meta.url)) ?? 0) <= at)
}

function changedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs
}

// What a server allocates lives for a moment or for as long as an action does. V8 would keep hundreds of MiB of young
// generation for the first, and let several times the size of the second gather as garbage.
function memoryFlags() {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ')
  const flags = { '--max-semi-space-size': 8, '--initial-old-space-size': 64, '--heap-growing-percent': 30 }
  return Object.entries(flags).flatMap(([flag, value]) => (given.includes(flag) ? [] : [`${flag}=${value}`]))
}

/** Starts the program again, as the same process, with `memoryFlags`. Where processes cannot be replaced, nothing changes. */
function limitMemory() {
  const flags = memoryFlags()
  if (flags.length === 0 || process.platform === 'win32' || process.execve === undefined) return
  const [program, ...args] = process.argv
  process.execve(program, [program, ...flags, ...process.execArgv, ...args], process.env)
}
