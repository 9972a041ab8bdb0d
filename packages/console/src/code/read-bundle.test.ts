import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readBundle } from './read-bundle.ts'

const moduleWith = (map: unknown) =>
  new TextEncoder().encode(
    `export const a = 1\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}\n`,
  )

test('of a compiled module, those sources are shown that its map has', async () => {
  const { files } = await readBundle(
    'abc.mjs',
    moduleWith({ sources: ['tern-sdk/a.ts', 'z.ts', 'a.ts'], sourcesContent: [null, 'const z = "é"', 'const a = 1'] }),
  )
  expect(files).toEqual([
    { path: 'a.ts', text: 'const a = 1' },
    { path: 'z.ts', text: 'const z = "é"' },
  ])
})

test('a module without sources, a pickle and anything else say why there is nothing', async () => {
  expect((await readBundle('abc.mjs', moduleWith({ sources: ['a.ts'] }))).nothing).toContain('no source in it')
  expect((await readBundle('abc.mjs', new TextEncoder().encode('1'))).nothing).toContain('no source in it')
  expect((await readBundle('code.pkl.gz', new Uint8Array())).nothing).toContain('pickled')
  expect((await readBundle('code.zip', new Uint8Array())).nothing).toContain('code.zip')
})

test.each(['ustar', 'gnu', 'posix'])(
  'of an archive in the format %s, texts are shown with their paths',
  async (format) => {
    const folder = mkdtempSync(join(tmpdir(), 'tern-console-tar-'))
    try {
      const deep = format === 'ustar' ? `${'d'.repeat(60)}/${'e'.repeat(60)}` : `${'d'.repeat(90)}/${'e'.repeat(90)}`
      mkdirSync(join(folder, 'code', deep), { recursive: true })
      writeFileSync(join(folder, 'code/main.py'), 'print("ä")\n')
      writeFileSync(join(folder, 'code', deep, 'far.py'), 'x = 1')
      writeFileSync(join(folder, 'code/picture.bin'), Buffer.from([1, 0, 2]))
      const archive = execFileSync('tar', [`--format=${format}`, '-czf', '-', '-C', join(folder, 'code'), '.'])
      const { files } = await readBundle('fast.tar.gz', new Uint8Array(archive))
      expect(files).toEqual([
        { path: `${deep}/far.py`, text: 'x = 1' },
        { path: 'main.py', text: 'print("ä")\n' },
      ])
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
