import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build } from 'vite'

// Builds the app into dist/, with a compressed copy beside each file, unless dist/ is of the same sources already.

const root = join(import.meta.dirname, '..')
const stampFile = join(root, 'dist', 'build.json')
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
  await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'warn' })
  await compress()
  writeFileSync(stampFile, JSON.stringify({ digest }))
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
  const files = globSync('dist/**/*.{js,css,svg,html}', { cwd: root })
  await Promise.all(
    files.map(async (file) => {
      const path = join(root, file)
      const bytes = readFileSync(path)
      const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
      writeFileSync(`${path}.br`, await promisify(brotliCompress)(bytes, { params }))
      writeFileSync(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }))
    }),
  )
}
