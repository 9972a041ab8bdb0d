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
  await import(main.href)
}
