import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tern } from './tern-process.ts'

// What `tern compile` says of each kind of mistake: in which workflow, at which node, what was expected there, and in which line.

const file = 'fixtures/broken-workflows.ts'
const lines = readFileSync(join(import.meta.dirname, file), 'utf8').split('\n')

const compile = (workflow: string, ...flags: string[]) =>
  tern(['compile', file, workflow, ...flags], { cwd: import.meta.dirname })

const mistakes: [name: string, where: string, what: string][] = [
  ['wrongType', 'node n1', 'input n of task broken.double: expected integer, got float from n0.o0'],
  ['wrongConstant', 'node n0', 'input n of task broken.double: expected integer, got string "three"'],
  ['missingInput', 'node n0', 'input n of task broken.double (integer) was not given'],
  ['unknownInput', 'node n0', 'task broken.double has no input m: it takes n'],
  ['unknownOption', '', 'a node of task broken.double does not take the option retrys; did you mean retries?'],
  ['unknownPart', 'node n0', 'a value of type Rows has no .m: it has n; did you mean n?'],
  ['usedAsValue', '', 'input n cannot be made a string: it is a reference of type integer'],
  ['calledInBody', '', 'task broken.double was called in the body of a workflow, where nothing runs'],
  ['unfinished', 'node n0', 'when "large" has no else'],
  ['fromBranch', 'node n1', 'n0/then0/n0 belongs to the branch n0/then0'],
  ['sameName', 'node twice', 'two nodes have the id twice'],
  ['sameGate', 'node n3', 'two gates have the name release'],
  ['mapOption', '', 'map over broken.double: minSuccessRatio must be a number from 0 to 1'],
  ['nothingReturned', '', 'its output: expected integer, got undefined'],
  ['asynchronous', '', 'the body of a workflow cannot be asynchronous'],
  ['handler', '', 'task broken.tell cannot handle its failures: it does not take n (integer); it needs days (integer)'],
  // Of a circle, the first of its nodes is shown.
  ['cycle', 'node n0', 'nodes wait for each other: n0 → n1 → n0'],
]

test.each(mistakes)('%s', async (name, where, what) => {
  const { code, stdout, stderr } = await compile(name)
  expect([code, stdout]).toEqual([1, ''])
  const kebab = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const [first = ''] = stderr.split('\n')
  expect(first).toContain(`error: workflow broken.${kebab}${where === '' ? '' : `, ${where}`}: `)
  expect(first).toContain(what)
  const marked = lines.findIndex((line) => line.endsWith(`// ${name}`)) + 1
  const line = name === 'cycle' ? marked - 2 : marked
  expect(first).toMatch(new RegExp(`\\(fixtures/broken-workflows\\.ts:${line}:\\d+\\)$`))
  expect(stderr).not.toMatch(/^\s+at /m)
})

test('--verbose has the stack', async () => {
  const { code, stderr } = await compile('wrongType', '--verbose')
  expect(code).toBe(1)
  expect(stderr).toMatch(/^\s+at /m)
})
