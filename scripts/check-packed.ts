import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

// Packs what is published and looks at the tarballs as their users will: are the entries and their types sound, is
// nothing inside that should not be, and do they import, compile and start in a project that has them installed.

const root = join(import.meta.dirname, '..')
const bin = join(root, 'node_modules/.bin')
const published = ['idl', 'core', 'sdk', 'console', 'server', 'cli', 'testing']

interface Manifest {
  readonly name: string
  readonly exports: Record<string, unknown>
  readonly dependencies?: Record<string, string>
  readonly bin?: Record<string, string>
}

interface Packed {
  readonly manifest: Manifest
  readonly tarball: string
  /** Paths inside the tarball. */
  readonly files: ReadonlyArray<string>
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tern-packed-'))
  try {
    const packages = published.map((name) => pack(name, folder))
    const problems = packages.flatMap((packed) => [
      ...contentProblems(packed),
      ...run(`publint ${packed.manifest.name}`, join(bin, 'publint'), ['run', packed.tarball, '--strict'], folder),
      ...run(
        `attw ${packed.manifest.name}`,
        join(bin, 'attw'),
        [packed.tarball, '--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii'],
        folder,
      ),
    ])
    problems.push(...consumerProblems(packages, join(folder, 'consumer')))
    for (const problem of problems) console.error(`${problem}\n`)
    if (problems.length === 0) console.log(`${packages.length} packages are fit to publish`)
    process.exitCode = problems.length > 0 ? 1 : 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function folderOf({ name }: Manifest): string {
  return name.replace('@tern/', '')
}

function pack(name: string, folder: string): Packed {
  const source = join(root, 'packages', name)
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
  const [result] = JSON.parse(execFileSync('npm', args, { cwd: source, encoding: 'utf8' }))
  return {
    manifest: JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')),
    tarball: join(folder, basename(result.filename)),
    files: result.files.map((file: { path: string }) => file.path),
  }
}

const unwanted = /(^|\/)(src|test|scripts|fixtures)\/|\.test(-d)?\.|\.tsbuildinfo$/

/** Files that do not belong in a package, and traces of the machine that built it. */
function contentProblems({ manifest, tarball, files }: Packed): ReadonlyArray<string> {
  const problems = files.filter((file) => unwanted.test(file)).map((file) => `${manifest.name} contains ${file}`)
  const folder = join('packages', folderOf(manifest))
  const stale = files.filter((file) => isStale(file, join(root, folder)))
  if (stale.length > 0) {
    const remedy = `rm -r ${folder}/dist, and build again`
    problems.push(`${manifest.name} contains what no source makes any more (${remedy}):\n  ${stale.join('\n  ')}`)
  }
  const text = execFileSync('tar', ['-xzOf', tarball], { encoding: 'utf8', maxBuffer: 1 << 30 })
  for (const path of [root, homedir()]) {
    if (text.includes(`${path}/`)) problems.push(`${manifest.name} contains the path of the machine that built it`)
  }
  return problems
}

// Bundlers clean up after themselves, and what they make has no sources of its name.
const compiled = /^dist\/(?!assets\/|bundle\/)(.+?)\.(?:d\.ts|js)(?:\.map)?$/

/** Whether a file is what the compiler made of a source that is not there any more: it leaves such files where they are. */
function isStale(file: string, folder: string): boolean {
  const path = compiled.exec(file)?.[1]
  return path !== undefined && !['.ts', '.tsx'].some((ending) => existsSync(join(folder, 'src', `${path}${ending}`)))
}

/**
 * Installs the tarballs in an empty project, with the third-party packages that they declare and no others (those are
 * linked from here, so that nothing is fetched), then imports, compiles against, and starts what is in them.
 */
function consumerProblems(packages: ReadonlyArray<Packed>, project: string): ReadonlyArray<string> {
  for (const { manifest, tarball } of packages) {
    const target = join(project, 'node_modules', manifest.name)
    mkdirSync(target, { recursive: true })
    execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', target])
    for (const name of Object.keys(manifest.dependencies ?? {}))
      link(name, project, join(root, 'packages', folderOf(manifest)))
  }
  link('@types/node', project, root)
  link('undici-types', project, join(root, 'node_modules/@types/node'))

  const entries = packages.flatMap(({ manifest }) =>
    Object.keys(manifest.exports)
      .filter((entry) => entry !== './package.json')
      .map((entry) => `${manifest.name}${entry.slice(1)}`),
  )
  const compilerOptions = { module: 'nodenext', strict: true, noEmit: true, types: ['node'], target: 'es2024' }
  write(join(project, 'package.json'), { type: 'module' })
  write(join(project, 'tsconfig.json'), { compilerOptions: { ...compilerOptions, skipLibCheck: true } })
  writeFileSync(join(project, 'types.ts'), entries.map((entry, n) => `export * as e${n} from '${entry}'\n`).join(''))
  writeFileSync(join(project, 'load.mjs'), entries.map((entry) => `await import('${entry}')\n`).join(''))
  return [
    ...run('import every entry', process.execPath, ['load.mjs'], project),
    ...run('compile against every entry', join(bin, 'tsc'), ['-p', '.'], project),
    ...packages.flatMap(({ manifest }) =>
      Object.entries(manifest.bin ?? {}).flatMap(([name, file]) =>
        run(`${name} --help`, process.execPath, [join('node_modules', manifest.name, file), '--help'], project),
      ),
    ),
  ]
}

/** Links a third-party package into the project from where `from` finds it; ours are unpacked there already. */
function link(name: string, project: string, from: string): void {
  const target = join(project, 'node_modules', name)
  if (name.startsWith('@tern/') || existsSync(target)) return
  mkdirSync(dirname(target), { recursive: true })
  for (let folder = from; ; folder = dirname(folder)) {
    const source = join(folder, 'node_modules', name)
    if (existsSync(source)) return symlinkSync(source, target, 'junction')
    if (folder === dirname(folder)) throw new Error(`${name} is not installed`)
  }
}

/** Runs a program to its end; gives what it printed as a problem when it fails. */
function run(title: string, command: string, args: ReadonlyArray<string>, cwd: string): ReadonlyArray<string> {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000 })
  return status === 0 ? [] : [`${title} failed:\n${error?.message ?? ''}${stdout}${stderr}`]
}

function write(path: string, value: unknown): void {
  writeFileSync(path, JSON.stringify(value))
}

main()
