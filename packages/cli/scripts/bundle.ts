// Makes one program, in dist/bundle/, of the built command and of what it imports: a thousand small files take longer to
// find and to load than what most commands do. bin/tern.mjs takes it where it is not older than the rest.
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const cli = dirname(dirname(fileURLToPath(import.meta.url)))
const packages = dirname(cli)
const outdir = join(cli, 'dist', 'bundle')

/** Modules of ours that look for files beside them find them where they are, and not beside the bundle. */
const realPlaces: Plugin = {
  name: 'real-places',
  setup(plugin) {
    plugin.onLoad({ filter: /[\\/]packages[\\/][^\\/]+[\\/]dist[\\/].*\.js$/ }, ({ path }) => {
      const place = relative(outdir, path).split(sep).join('/')
      const contents = readFileSync(path, 'utf8').replaceAll(
        'import.meta.url',
        `new URL(${JSON.stringify(place)}, import.meta.url).href`,
      )
      return { contents, loader: 'js' }
    })
  },
}

// CommonJS modules ask for those of Node.
const requireOfNode = `import { createRequire as ternCreateRequire } from 'node:module'; const require = ternCreateRequire(import.meta.url);`

rmSync(outdir, { recursive: true, force: true })
await build({
  entryPoints: [join(packages, 'cli/dist/main.js')],
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  banner: { js: requireOfNode },
  // The first two start a program or threads from files of their own; the others are for who has them.
  external: ['esbuild', 'pino', 'pg-native', 'react-devtools-core'],
  // React has a slow half for its developers.
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [realPlaces],
  logLevel: 'warning',
})
