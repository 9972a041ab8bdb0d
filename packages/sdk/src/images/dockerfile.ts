import type { ImageLayer, ImageRecipe } from './image.ts'

const pnpmVersion = '10'
const usualWorkdir = '/app'

/** The Dockerfile of an image that is put together from layers. Files are copied from where the build context has them. */
export function renderDockerfile({ base = '', platform, layers }: ImageRecipe): string {
  const from = platform === undefined ? `FROM ${base}` : `FROM --platform=${platform} ${base}`
  const folders = new Folders()
  return `${[from, ...withWorkdir(layers).flatMap((layer) => renderLayer(layer, folders))].join('\n')}\n`
}

/** What a folder has had installed so far. */
interface Installed {
  manager: 'npm' | 'pnpm'
  dev: boolean
  packages: readonly string[]
}

/** What is installed where, as the layers come. */
class Folders {
  private workdir = ''
  private readonly installed = new Map<string, Installed>()

  enter(workdir: string): void {
    this.workdir = workdir
  }

  get here(): Installed {
    let here = this.installed.get(this.workdir)
    if (here === undefined) this.installed.set(this.workdir, (here = { manager: 'npm', dev: false, packages: [] }))
    return here
  }
}

/** Dependencies are installed in a folder of their own, also where nobody says in which. */
function withWorkdir(layers: readonly ImageLayer[]): readonly ImageLayer[] {
  const first = layers.findIndex(({ kind }) => kind === 'project' || kind === 'packages')
  if (first === -1 || layers.slice(0, first).some(({ kind }) => kind === 'workdir')) return layers
  return layers.toSpliced(first, 0, { kind: 'workdir', path: usualWorkdir })
}

/** Where the build context has a file of the project. */
export function contextPath(path: string): string {
  const parts = path.split(/[\\/]/).filter((part) => part !== '' && part !== '.')
  return parts.join('/')
}

/** The files of a project that its dependencies are installed from. */
export function projectFiles({ folder, manager }: Extract<ImageLayer, { kind: 'project' }>): readonly string[] {
  const names = ['package.json', manager === 'npm' ? 'package-lock.json' : 'pnpm-lock.yaml']
  return names.map((name) => contextPath(`${folder}/${name}`))
}

function renderLayer(layer: ImageLayer, folders: Folders): string[] {
  switch (layer.kind) {
    case 'apt':
      if (layer.packages.length === 0) return []
      return [
        [
          'RUN apt-get update',
          `&& apt-get install -y --no-install-recommends ${layer.packages.join(' ')}`,
          '&& rm -rf /var/lib/apt/lists/*',
        ].join(' \\\n '),
      ]
    case 'project':
      return [copy(projectFiles(layer), './'), ...install(layer, folders.here)]
    case 'packages':
      return layer.packages.length === 0 ? [] : [add(layer.packages, folders.here)]
    case 'files':
      return [copy([contextPath(layer.source)], layer.target)]
    case 'commands':
      return layer.commands.map(run)
    case 'env':
      return Object.entries(layer.variables).map(([name, value]) => `ENV ${name}=${quoteVariable(value)}`)
    case 'workdir':
      folders.enter(layer.path)
      return [`WORKDIR ${layer.path}`]
  }
}

/** The dependencies of a project, exactly, whatever NODE_ENV is. The folder has nothing else then, so earlier packages come again. */
function install({ manager, dev }: Extract<ImageLayer, { kind: 'project' }>, here: Installed): string[] {
  const { packages } = here
  Object.assign(here, { manager, dev, packages: [] } satisfies Installed)
  const again = packages.length === 0 ? [] : [add(packages, here)]
  if (manager === 'npm') return [`RUN npm ci ${dev ? '--include=dev' : '--omit=dev'}`, ...again]
  const only = dev ? '--prod=false' : '--prod'
  return [`RUN npm install --global pnpm@${pnpmVersion} && pnpm install --frozen-lockfile ${only}`, ...again]
}

/** Packages beside what the folder has. They become part of its package.json: npm takes away what is not in there. */
function add(packages: readonly string[], here: Installed): string {
  here.packages = [...here.packages, ...packages]
  const names = packages.map(quote).join(' ')
  if (here.manager === 'pnpm') return `RUN pnpm add --config.production=${!here.dev} ${names}`
  return `RUN npm install ${here.dev ? '--include=dev' : '--omit=dev'} ${names}`
}

function copy(sources: readonly string[], target: string): string {
  return `COPY ${JSON.stringify([...sources, target])}`
}

/** A command of several lines is one argument of the shell. */
function run(command: string): string {
  return command.includes('\n') || command.startsWith('[') || command.includes('<<')
    ? `RUN ${JSON.stringify(['/bin/sh', '-ec', command])}`
    : `RUN ${command}`
}

function quote(word: string): string {
  return /^[\w@./:=-]+$/.test(word) ? word : `'${word}'`
}

/** In an ENV, `$` begins a reference and the backslash is an escape. */
function quoteVariable(value: string): string {
  return `"${value.replace(/[\\"$]/g, (character) => `\\${character}`)}"`
}
