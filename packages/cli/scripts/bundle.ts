// Makes one program, in dist/bundle/, of the built command and of what it imports: a thousand small files take longer to
// find and to load than what most commands do. bin/tern.mjs takes it where it is not older than the rest.
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin, transform } from 'esbuild'

const cli = dirname(dirname(fileURLToPath(import.meta.url)))
const packages = dirname(cli)
const outdir = join(cli, 'dist', 'bundle')

const ownUrl = 'ternUrlOfThisModule'

/** Modules of ours that look for files beside them find them where they are, and not beside the bundle. */
const realPlaces: Plugin = {
  name: 'real-places',
  setup(plugin) {
    plugin.onLoad({ filter: /[\\/]packages[\\/][^\\/]+[\\/]dist[\\/].*\.js$/ }, async ({ path }) => {
      const contents = readFileSync(path, 'utf8')
      if (!contents.includes('import.meta.url')) return { contents, loader: 'js' }
      const place = relative(outdir, path).split(sep).join('/')
      // In code, and not in texts: some of ours are the code of other programs.
      const { code } = await transform(contents, {
        define: { 'import.meta.url': ownUrl },
        format: 'esm',
        target: 'node22',
      })
      const url = `const ${ownUrl} = new URL(${JSON.stringify(place)}, import.meta.url).href;`
      return { contents: `${url}\n${code}`, loader: 'js' }
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
