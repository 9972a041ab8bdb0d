// Runs an npm script of this repository, installing dependencies first when they are missing or out of date.
// Usage: node scripts/bootstrap.mjs SCRIPT [ARGS…]
//
// Plain JavaScript on purpose: this is the one file that the host's own Node runs, which may be as old as 20.
// Everything after it runs on the Node that package.json brings along: npm scripts find it first.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const isWindows = process.platform === 'win32'
const oldestHostNode = 20

const [script, ...args] = process.argv.slice(2)
if (script === undefined) fail('usage: node scripts/bootstrap.mjs SCRIPT [ARGS…]', 2)
if (Number.parseInt(process.versions.node, 10) < oldestHostNode) {
  fail(`Tern's scripts need Node ${oldestHostNode} or later to start, and this is ${process.version}.`)
}

if (!isInstalled()) {
  console.error('Installing dependencies (once) …')
  npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
}
checkBundledNode()
npm(['run', '--silent', script, ...(args.length > 0 ? ['--', ...args] : [])])

/** Whether node_modules holds what package-lock.json asks for; npm notes what it installed in a lock of its own. */
function isInstalled() {
  const wanted = readJson('package-lock.json')
  const present = readJson('node_modules/.package-lock.json')
  if (wanted === undefined || present === undefined) return false
  return Object.entries(wanted.packages).every(([path, { version, link, optional }]) => {
    if (!path.startsWith('node_modules/') || optional) return true
    const found = present.packages[path]
    return found !== undefined && found.version === version && found.link === link
  })
}

/** The `node` package fetches its binary in an install script, which some npm settings keep from running. */
function checkBundledNode() {
  const { node: version } = readJson('package.json').devDependencies
  const binary = join(root, 'node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node')
  const { stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  if (stdout?.trim() === `v${version}`) return
  fail(
    [
      `Node ${version}, which this repository brings along, is not there: the install script of the npm package`,
      '"node" did not run or could not fetch it. Run it again with',
      '',
      '    npm rebuild node --ignore-scripts=false',
      '',
      'or delete node_modules and start over. package.json approves this script under "allowScripts".',
    ].join('\n'),
  )
}

/** Runs npm; ends this process with npm's exit code when that is not zero. */
function npm(npmArgs) {
  const result = spawnSync('npm', npmArgs, { cwd: root, stdio: 'inherit', shell: isWindows })
  if (result.error) fail(`npm could not be started: ${result.error.message}`)
  if (result.status !== 0) process.exit(result.status ?? 1)
}

/** The parsed file, or undefined when it does not exist. */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function fail(message, exitCode = 1) {
  console.error(message)
  process.exit(exitCode)
}
