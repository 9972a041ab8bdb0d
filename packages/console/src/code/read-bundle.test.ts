import { expect, test } from 'vitest'
import { readBundle } from './read-bundle.ts'

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
const base64Of = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))

const moduleWith = (map: unknown) =>
  new TextEncoder().encode(
    `export const a = 1\n//# sourceMappingURL=data:application/json;base64,${base64Of(JSON.stringify(map))}\n`,
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

// Each made by GNU tar of main.py, picture.bin, and far.py in two folders with long names.
const archives = {
  ustar:
    'H4sIAAAAAAACA+3XPQ6CMAAF4OroKQiTLv2jhcnDoGLSQSAVEr2PN/FiAmMTFdKAQd63tAEGmpdHC2VkdLyRaN2NDXfs5kILqaNIqfa6EJLHJNBkAvW1Sm3zKrYoqk/PfbvvLm4mKLukJqflfeT8Y6Xe5y+Uk79USUICjvxHV1qTV9vw+Qh3GwKLQ1lpjlVtM3ow+a/6zyOn/+0E/Z/CiqxRgkX3/+SB9e7/oPOf1FxpnP+mkHno++swOH/FEylmnr9fsSbL/5zacQ//vfZ/7eQveRTPfP/3/LD69HLI8m/BPhDYBgEAAAAAAAAAAAAA/soLuxi+HwAoAAA=',
  gnu: 'H4sIAAAAAAACA+3YQU7DMBAFUMOyp7C6ohvbE9vxCqkHyCUCtMhCOJGbSvQ+vQkXw2TXVi0C1alC/ts4SrybzM84QrLsVOKs7dfkeO2vyVJhtTamv++cKhm3bADbTVdHzllsmu7Svp+ej5SQ77UPot1lrn9pzPn6kzmsPxE5x7hC/bNrow/dw/xzP1/MGEyOkK1/7rZxJZ58uFX/K33U/4VK29H/A7hj92iCSff/Szbyr/OfJqMt5r9h6i/ksmrCa+XD243yv3B08C6k+a9MnwReof7j7v9VNhLJPZ76/z7/C2cU8n86+e9O8p8I+Y/8P5//6zrm/WmF/L9q/l8+/9uT/P+e/3H+z++DP3JCGwAAAAAAAAD8a1/5pJ83ACgAAA==',
  posix:
    'H4sIAAAAAAACA+3aT26CQBgF8GmXnGLiqt3AN/8YWbjvslegSlMWKkFM9D69SS9WUBcKQcNiUPD9NhoxUTO+940T/eAz3n0k8SLJN4HPnKBSqPXhtlS/JbKKCSOkUUrr6nFBykjGd6wH200R5+VbYc9JRjwu0mUyEzYy0k7Jat8Ia8mS9hTxeeOiJGXLJQs9BsPnB+5f4xBxY9rzX96/zL+QFDJu+sx/vl4X155363r9ww1m/c/6fxmnKz/b37//hbGE/n/Y/leapgr9P47+dxT6LvkXupZ/qa1lnPrM/5P2f5anq+Jt8vc7eUegnzL/Z/M/S+fFNk/8r3TV7/xv5l9j/veiHPFx+0+8tg1ApKrtAdIzhvw7Cn2X/FN9/1/dwfzvwwt7RQgw/4/zf+HG7fkvL/OvhAwt5v/df/+XF+etF5GdceR/4UxwNho7nf8qaZXB+e/g1/80Wm71v7Km0f8K/d8LEWmexcXPzOkXIXEm8HCC/bD5P61R9/7Xsjr/Qf+PZ/2v9b8mXe9/RTj/62f/TzTs/v+Ocz/be23nmMeixx9ZHjn/RKbR/9X+H+d/7u34jAtsgwAAAAAAAAAAAAAAAAAAAAAAAAAG5R/A8hC0AFAAAA==',
} as const

test.each([
  ['ustar', 60],
  ['gnu', 90],
  ['posix', 90],
] as const)('of an archive in the format %s, texts are shown with their paths', async (format, length) => {
  const { files } = await readBundle('fast.tar.gz', bytesOf(archives[format]))
  expect(files).toEqual([
    { path: `${'d'.repeat(length)}/${'e'.repeat(length)}/far.py`, text: 'x = 1' },
    { path: 'main.py', text: 'print("ä")\n' },
  ])
})
