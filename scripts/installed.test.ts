import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// The SDK as its users get it: packed, and installed with npm in an empty project outside of the repository.

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'packages/sdk/README.md'), 'utf8')
const megabyte = 1_000_000

/** The oldest release that the SDK says it runs on, and the one of this repository. */
const releases = ['22.18.0', process.versions.node]

let folder: string
let project: string

const nodePackage = (release: string) => `node-${release.split('.')[0]}`
const nodeOf = (release: string) => join(project, 'node_modules', nodePackage(release), 'bin/node')

/** What a program prints. This process stays free to answer the test runner, however long that takes. */
async function output(program: string, args: ReadonlyArray<string>, cwd = project): Promise<string> {
  return (await promisify(execFile)(program, [...args], { cwd, maxBuffer: 1 << 26 })).stdout
}

function npm(args: ReadonlyArray<string>, cwd: string): Promise<string> {
  return output('npm', [...args, '--loglevel=error', '--ignore-scripts'], cwd)
}

async function pack(name: string): Promise<string> {
  const [packed] = JSON.parse(await npm(['pack', '--json', '--pack-destination', folder], join(root, 'packages', name)))
  return join(folder, basename(packed.filename))
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-installed-'))
  project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', type: 'module', private: true }))
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const nodes = releases.map(
    (release) => `${nodePackage(release)}@npm:node-${process.platform}-${process.arch}@${release}`,
  )
  const tools = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`)
  const packed = []
  for (const name of ['idl', 'core', 'sdk']) packed.push(await pack(name))
  await npm(['install', '--no-audit', '--no-fund', ...packed, ...tools, ...nodes], project)
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Bytes of the files of a folder. */
function sizeOf(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

describe('the SDK, installed in an empty project', () => {
  test("type-checks the README's example, and all declarations that it uses", async () => {
    const example = /```ts\n(?<code>[^]*?)```/.exec(readme)?.groups?.['code'] ?? ''
    writeFileSync(join(project, 'hello.ts'), example)
    const compilerOptions = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, types: ['node'] }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['hello.ts'] }))
    expect(await output(join(project, 'node_modules/.bin/tsc'), ['-p', project])).toBe('')
  })

  test.each(releases)("runs the README's example with Node %s", async (release) => {
    expect((await output(nodeOf(release), ['hello.ts'])).trim()).toBe('9')
  })

  test('is as small as its README says, and so is what comes with it', () => {
    const stated = [...readme.matchAll(/^\| `(?<name>[^`]+)` +\| (?<size>[\d.]+) MB/gm)]
    const listed = new Map(stated.map(({ groups }) => [groups?.['name'], Number(groups?.['size'])]))
    const { dependencies } = JSON.parse(readFileSync(join(root, 'packages/sdk/package.json'), 'utf8'))
    expect(new Set(listed.keys())).toEqual(new Set(['@tern/sdk', ...Object.keys(dependencies)]))
    expect(sizeOf(join(project, 'node_modules/@tern/sdk'))).toBeLessThan(3 * megabyte)
    for (const [name = '', size] of listed) {
      // A compiler for each kind of machine: npm installs one.
      const folders = name === 'esbuild' ? ['esbuild', '@esbuild'] : [name]
      const found = folders.reduce((sum, part) => sum + sizeOf(join(project, 'node_modules', part)), 0) / megabyte
      expect(Math.abs(found - size!), `${name}: ${found.toFixed(1)} MB`).toBeLessThanOrEqual(0.3 + size! / 10)
    }
  })
})
