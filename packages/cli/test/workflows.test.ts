import { join } from 'node:path'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompiledView } from '../src/workflows/compile.ts'
import type { DiffView } from '../src/workflows/diff.ts'
import { runCli } from '../src/run-cli.ts'
import { memoryIo } from '../src/test/memory-io.ts'
import { InProcess } from './in-process.ts'

let tern: InProcess
/** For files that are made here. Inside of the repository, where the packages that they import are found. */
let folder: string
beforeAll(async () => {
  const cache = join(import.meta.dirname, '../../../node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'cli-workflows-'))
  tern = await InProcess.start()
})
afterAll(async () => {
  await tern.stop()
  rmSync(folder, { recursive: true })
})

const cwd = join(import.meta.dirname, 'fixtures')
const file = 'workflows.ts'

describe('tern compile', () => {
  test('shows what a workflow does', async () => {
    const { stdout, stderr, code } = await tern.tern(['compile', file, 'nightly'], { cwd })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.replace(/ [0-9a-f]{16}\n/, ' DIGEST\n')).toBe(
      `shop.nightly (day: string, rate: float) DIGEST

n0  shop.load: day = inputs.day
n1  workflow shop.priced: items = n0.o0, rate = inputs.rate
  n0  map shop.price (each of item, 4 at once): item = inputs.items, rate = inputs.rate
  n1  shop.total: prices = n0.o0
n2  branch large
  if n1.o0 > 100
    n0  approval release (within 1h): o0 = n1.o0
  if n1.o0 < 0
    fails: the sum is negative
  otherwise
    n0  shop.total: prices = [n1.o0]
n3  shop.tell: text = "loaded", after n0

when it fails
  fn0  shop.clean-up: day = inputs.day, err = the error, rate = inputs.rate

output o0 = n2.o0
`,
    )
  })

  test('gives the same bytes each time, and where nodes stand in the source', async () => {
    const [one, two] = [
      await tern.tern(['compile', file, 'nightly', '-o', 'json'], { cwd }),
      await tern.tern(['compile', file, 'shop.nightly', '-o', 'json'], { cwd }),
    ]
    expect(one.stdout).toBe(two.stdout)
    const { name, digest, graph } = JSON.parse(one.stdout) as CompiledView & {
      graph: { graph: { nodes: { source: { file: string; line: number } }[] } }
    }
    expect([name, digest.length]).toEqual(['shop.nightly', 64])
    const line =
      readFileSync(join(cwd, file), 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('load.node')) + 1
    expect(graph.graph.nodes[0]?.source).toMatchObject({ file: expect.stringMatching(/workflows\.ts$/), line })
    expect(graph.graph.nodes[0]?.source.file).not.toMatch(/^\//)
  })

  test('draws it for Mermaid, for Graphviz, and as a picture', async () => {
    const draw = async (format: string) =>
      (await tern.tern(['compile', file, 'nightly', '--draw', format], { cwd })).stdout
    const mermaid = await draw('mermaid')
    expect(mermaid).toMatch(/^flowchart TD\n/)
    expect(mermaid).toContain('node_n2 -->|"priced #gt; 100"| node_n2__then0__n0')
    expect(mermaid).toContain('node_n0 -.-> node_n3')
    expect(mermaid).toContain('node_failure -.-> node_fn0')
    expect(await draw('dot')).toContain('"n1/n1" -> "n2" [ltail="cluster_n1"]')
    // Graphviz takes what is for Graphviz.
    const svg = await draw('svg')
    expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/)
    for (const label of ['load', 'priced', 'priced &gt; 100', 'each of item', 'the sum is negative', 'if it fails']) {
      expect(svg.replaceAll('&#45;', '-').replaceAll('\u00a0', '')).toContain(`>${label}<`)
    }
    expect(svg).toContain('@media (prefers-color-scheme:dark)')
  })

  test.each([
    [['compile', file, 'load'], 'load is a task, and no workflow'],
    [['compile', file], 'workflows.ts has several workflows'],
    [['compile', file, 'nigthly'], 'Did you mean nightly?'],
    [['compile', file, 'nightly', '--draw', 'dot', '-o', 'json'], '--draw dot is a format of its own'],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await tern.tern(args, { cwd })
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  test('says what is wrong in a graph, and in which line', async () => {
    const source = readFileSync(join(cwd, file), 'utf8')
    const broken = source.replace('load.node({ day }', 'load.node({ day: rate as never }')
    writeFileSync(join(folder, 'broken.ts'), broken)
    const { code, stderr } = await tern.tern(['compile', 'broken.ts', 'nightly'], { cwd: folder })
    expect(code).toBe(1)
    expect(stderr).toMatch(/input day.*broken\.ts:\d+:\d+/s)
  })
})

test('tern run FILE says which of its tasks are workflows', async () => {
  const { stdout } = await tern.tern(['run', file], { cwd })
  expect(stdout).toMatch(/^nightly +workflow +shop\.nightly +day: string, rate\?: float *$/m)
  expect(stdout).toMatch(/^load +task +shop\.load/m)
})

test('tern run --follow says what a run waits for, and how it is answered', async () => {
  const io = memoryIo({ now: Date.now(), cwd, env: { TERN_ENDPOINT: tern.url } })
  const ended = runCli(['run', file, 'nightly', '--day', 'abc', '--rate', '50', '--follow'], io)
  const advice = /Answer it: tern (signal condition \w+ release true)\n/
  await expect.poll(() => io.written.stderr, { timeout: 100_000 }).toMatch(advice)
  expect(io.written.stderr).toContain('Waits for release (boolean): Approve?')
  const [, answer = ''] = advice.exec(io.written.stderr) ?? []
  expect((await tern.tern(answer.split(' '))).code).toBe(0)
  expect(await ended).toBe(0)
  expect(io.written.stdout).toContain('o0: 150')
  expect(io.written.stderr.match(/Waits for/g)).toHaveLength(1)
})

describe('tern diff', () => {
  async function deploy(version: string, change: (source: string) => string): Promise<string> {
    const changed = `${version}.ts`
    writeFileSync(join(folder, changed), change(readFileSync(join(cwd, file), 'utf8')))
    const { code, stderr } = await tern.tern(['deploy', changed, '--version', version], { cwd: folder })
    expect([code, stderr]).toEqual([0, ''])
    return version
  }

  const diff = (...args: readonly string[]) => tern.json<DiffView>(['diff', 'shop.nightly', ...args], { cwd })

  test('says what is different between versions, and between one and a file', async () => {
    await deploy('v1', (source) => source)
    const { stderr } = await tern.tern(['diff', 'shop.nightly'], { cwd })
    expect(stderr).toContain('shop.nightly has one version only, v1')
    await deploy('v2', (source) =>
      source
        .replace('gt(sum, 100)', 'gt(sum, 200)')
        .replace('chain(items, tell', 'tell')
        .replace("'loaded' }))", "'loaded' })"),
    )
    const { differences } = await diff()
    expect(differences).toEqual([
      {
        path: 'n2',
        change: 'changed',
        title: 'large',
        details: [{ field: 'then0', before: 'n1.o0 > 100', after: 'n1.o0 > 200' }],
      },
      { path: 'n3', change: 'changed', title: 'shop.tell', details: [{ field: 'after', before: 'n0', after: '' }] },
    ])
    expect((await diff('v1', 'v1')).differences).toEqual([])
    expect((await diff('v1', '--file', file)).differences).toEqual([])
    expect((await diff('--file', file)).differences).toHaveLength(2)
    const { stdout } = await tern.tern(['diff', 'shop.nightly', 'v2', 'v1'], { cwd })
    expect(stdout).toBe(
      'shop.nightly, v2 → v1\n\n~ n2  large\n    then0: n1.o0 > 200 → n1.o0 > 100\n~ n3  shop.tell\n    after: (nothing) → n0\n',
    )
  })

  test('a task is no workflow', async () => {
    const { code, stderr } = await tern.tern(['diff', 'shop.load', 'v1', 'v2'], { cwd })
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('shop.load is a task of the type typescript, and no workflow'),
    ])
  })
})
