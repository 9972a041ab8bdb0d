import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
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

function npm(args: ReadonlyArray<string>, cwd: string): string {
  return execFileSync('npm', [...args, '--loglevel=error', '--ignore-scripts'], { cwd, encoding: 'utf8' })
}

function pack(name: string): string {
  const [packed] = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], join(root, 'packages', name)))
  return join(folder, basename(packed.filename))
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-installed-'))
  project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', type: 'module', private: true }))
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const nodes = releases.map(
    (release) => `${nodePackage(release)}@npm:node-${process.platform}-${process.arch}@${release}`,
  )
  const tools = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`)
  npm(['install', '--no-audit', '--no-fund', ...['idl', 'core', 'sdk'].map(pack), ...tools, ...nodes], project)
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Bytes of the files of a folder. */
function sizeOf(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

describe('the SDK, installed in an empty project', { timeout: 120_000 }, () => {
  test("type-checks the README's example, and all declarations that it uses", () => {
    const example = /```ts\n(?<code>[^]*?)```/.exec(readme)?.groups?.['code'] ?? ''
    writeFileSync(join(project, 'hello.ts'), example)
    const compilerOptions = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, types: ['node'] }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['hello.ts'] }))
    expect(execFileSync(join(project, 'node_modules/.bin/tsc'), ['-p', project], { encoding: 'utf8' })).toBe('')
  })

  test.each(releases)("runs the README's example with Node %s", (release) => {
    const output = execFileSync(nodeOf(release), ['hello.ts'], { cwd: project, encoding: 'utf8' })
    expect(output.trim()).toBe('9')
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
