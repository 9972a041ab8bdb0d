import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build } from 'vite'

// Builds the app into dist/, with a compressed copy beside each file, unless dist/ is of the same sources already. It is built
// elsewhere and put in place whole, for servers that run, and for others who build at the same time.

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const stampFile = join(dist, 'build.json')
const workshop = join(root, '../../node_modules/.cache', `console-build-${process.pid}`)
const made = join(workshop, 'made')
const sources = [
  'index.html',
  'vite.config.ts',
  'package.json',
  'scripts/*.ts',
  'src/**/*',
  '../core/src/**/*.ts',
  '../idl/src/**/*.ts',
  '../../package-lock.json',
]

const digest = digestOfSources()
if (readStamp() !== digest) {
  try {
    mkdirSync(workshop, { recursive: true })
    await build({
      root,
      configFile: join(root, 'vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: made, emptyOutDir: true },
    })
    await compress()
    writeFileSync(join(made, 'build.json'), JSON.stringify({ digest }))
    if (existsSync(dist)) renameSync(dist, join(workshop, 'before'))
    renameSync(made, dist)
  } finally {
    rmSync(workshop, { recursive: true, force: true })
  }
}

function digestOfSources(): string {
  const hash = createHash('sha256')
  const files = globSync(sources, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
  for (const file of files.toSorted()) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file))
  return hash.digest('hex')
}

function readStamp(): string | undefined {
  return existsSync(stampFile) ? (JSON.parse(readFileSync(stampFile, 'utf8')) as { digest: string }).digest : undefined
}

async function compress(): Promise<void> {
  const files = globSync('**/*.{js,css,svg,html}', { cwd: made })
  await Promise.all(
    files.map(async (file) => {
      const path = join(made, file)
      const bytes = readFileSync(path)
      const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
      writeFileSync(`${path}.br`, await promisify(brotliCompress)(bytes, { params }))
      writeFileSync(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }))
    }),
  )
}
