/** Lines of bodies of workflows that the rule is asked about, and the message of each, if it has one. */
export const cases: readonly (readonly [line: string, messageId: string | undefined])[] = [
  ['if (n) one.node()', 'test'],
  ['while (n) one.node()', 'test'],
  ['do one.node(); while (n)', 'test'],
  ['for (; n; ) one.node()', 'test'],
  ['one.node(n ? 1 : 2)', 'test'],
  ['Boolean(n)', 'test'],
  ['one.node({ n: n || 1 })', 'join'],
  ['one.node({ n: n ?? 1 })', 'join'],
  ['n && one.node()', 'join'],
  ['if (!n) one.node()', 'join'],
  ['one.node({ b: n === 1 })', 'equal'],
  ['one.node({ b: 1 != n })', 'equal'],
  ['switch (n) { default: }', 'equal'],
  ['switch (1) { case n: }', 'equal'],
  ['await n', 'await'],
  ['await one.node()', 'await'],
  ['if (one.node().rows[0].x) one.node()', 'test'],
  ['if (approve(one.node())) one.node()', 'test'],
  ['if (gt(n, 1)) one.node()', 'test'],
  ['when(gt(n, 1) && gt(n, 2), () => n)', 'join'],
  ['when(!isTrue(n), () => n)', 'join'],
  ['const a = one.node(); if (a.x) one.node()', 'test'],
  ['const { x, y: [z] } = one.node(); if (z) one.node()', 'test'],
  ['let a; a = one.node(); if (a) one.node()', 'test'],
  ['const w = when(gt(n, 1), () => n).else(() => n); if (w) one.node()', 'test'],
  ['when(gt(n, 1), () => (n ? 1 : 2))', 'test'],
  ['const m = mapOver(one).node({ n }); m ?? 1', 'join'],
  ['const c = gt(n, 1); if (c) one.node()', 'test'],
  ['if (flag) one.node()', undefined],
  ['for (const x of [1, 2]) if (x) one.node({ x })', undefined],
  ['one.node({ n, b: flag || 1 })', undefined],
  ['when(and(gt(n, 1), not(isTrue(n))), () => n).else(() => n)', undefined],
  ['[1].forEach((n) => { if (n) one.node() })', undefined],
  ['const n2 = 5; if (n2 === 5) one.node({ n })', undefined],
  ['function helper(n) { if (n) return 1 }', undefined],
]

export function bodyOf(line: string): string {
  return [
    `import { workflow as wf, dynamic, when, gt, and, not, isTrue, approve, mapOver } from '@tern/sdk/workflows'`,
    `export const a = wf({ name: 'a' }, async ({ n }) => { ${line} })`,
  ].join('\n')
}

/** Where nothing is a reference. */
export const elsewhere = [
  `import { dynamic, gt } from '@tern/sdk/workflows'`,
  `export const d = dynamic({ name: 'd' }, ({ n }) => (n ? one.node({ n }) : two.node({ n: n || 1 })))`,
  `export function f(n) { return n || 1 }`,
  `export const other = workflow({ name: 'o' }, ({ n }) => n || 1)`,
].join('\n')
