import type { ImageLayer, ImageRecipe } from './image.ts'

const pnpmVersion = '10'
const usualWorkdir = '/app'

/** The Dockerfile of an image that is put together from layers. Files are copied from where the build context has them. */
export function renderDockerfile({ base = '', platform, layers }: ImageRecipe): string {
  const from = platform === undefined ? `FROM ${base}` : `FROM --platform=${platform} ${base}`
  return `${[from, ...withWorkdir(layers).flatMap(renderLayer)].join('\n')}\n`
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

function renderLayer(layer: ImageLayer): string[] {
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
      return [copy(projectFiles(layer), './'), ...install(layer)]
    case 'packages':
      return layer.packages.length === 0 ? [] : [`RUN npm install --no-save ${layer.packages.map(quote).join(' ')}`]
    case 'files':
      return [copy([contextPath(layer.source)], layer.target)]
    case 'commands':
      return layer.commands.map(run)
    case 'env':
      return Object.entries(layer.variables).map(([name, value]) => `ENV ${name}=${quoteVariable(value)}`)
    case 'workdir':
      return [`WORKDIR ${layer.path}`]
  }
}

function install({ manager, dev }: Extract<ImageLayer, { kind: 'project' }>): string[] {
  if (manager === 'npm') return [`RUN npm ci${dev ? '' : ' --omit=dev'}`]
  return [`RUN npm install --global pnpm@${pnpmVersion} && pnpm install --frozen-lockfile${dev ? '' : ' --prod'}`]
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
