import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DataFrame, Dir, File } from '@tern/sdk'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ExampleServer, type FinishedRun, startExampleServer } from './server.ts'

const example = 'examples/weather-files.ts'
const data = 'node_modules/vega-datasets/data/seattle-weather.csv'

interface Reference {
  readonly kind: string
  readonly uri: string
  readonly format: string
}

interface Outputs {
  readonly months: Reference
  readonly pages: Reference
  readonly all: Reference
}

// Where local runs leave their files.
const folder = mkdtempSync(join(tmpdir(), 'tern-weather-'))

let server: ExampleServer
beforeAll(async () => {
  vi.stubEnv('TMPDIR', folder)
  server = await startExampleServer()
})
afterAll(async () => {
  await server.stop()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** January 2012, read here without the pipeline's code. */
const january = readFileSync(new URL(`../../${data}`, import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('2012-01-'))
  .map((line) => ({ date: line.slice(0, 10), rain: Number(line.split(',')[1]) }))
const rain = january.reduce((sum, day) => sum + day.rain, 0)
const wet = january.filter((day) => day.rain > 20).map(({ date }) => date)

describe.each(['local', 'remote'])('%s', (where) => {
  let outputs: Outputs
  beforeAll(async () => {
    const flags = where === 'local' ? ['--local'] : ['--follow']
    const { stdout, stderr } = await server.tern('run', ...flags, '-o', 'json', example, 'main', '--days', data)
    if (stdout === '') throw new Error(stderr)
    outputs = (JSON.parse(stdout) as FinishedRun<Outputs>).outputs
  })

  test('a table of 48 months', async () => {
    expect(outputs.months).toMatchObject({ kind: 'table', format: 'parquet' })
    const months = DataFrame.remote(outputs.months.uri)
    expect(await months.count()).toBe(48)
    const [first] = await months.rows({ limit: 1 })
    expect(first).toMatchObject({ month: '2012-01', days: 31, wet })
    expect(first?.['rain']).toBeCloseTo(rain)
  })

  test('a folder with a page for each year', async () => {
    const pages = await Dir.remote(outputs.pages.uri).list()
    expect(pages.map(({ path }) => path)).toEqual(['2012', '2013', '2014', '2015'].map((year) => `${year}/index.md`))
    expect(await pages[0]?.file.text()).toContain(`| 2012-01 | ${rain.toFixed(1)} |`)
  })

  test('a file with all pages', async () => {
    expect(outputs.all.format).toBe('md')
    const text = await File.remote(outputs.all.uri).text()
    expect(text.match(/^# \d{4}$/gm)).toEqual(['# 2012', '# 2013', '# 2014', '# 2015'])
  })
})

test('paths that are wrong are refused before anything runs', async () => {
  const run = (days: string) => server.tern('run', example, 'main', '--days', days)
  expect(await run('nowhere.csv')).toMatchObject({ code: 2, stderr: expect.stringContaining('--days: ') })
  expect((await run('README.md')).stderr).toContain('Tables are .parquet or .csv files.')
})
