import { expect, test } from 'vitest'
import { firingName } from './firing-name.ts'

const key = { project: 'flytesnacks', domain: 'development', taskName: 'env.main', name: 'daily' }

test('the name is the one that other servers of Flyte give', () => {
  expect(firingName(key, Date.parse('2026-01-02T03:04:05Z'))).toBe('rd366f5788a181de1')
})

test('names are fit for runs, whatever the trigger is called', () => {
  const names = ['täglich', 'x'.repeat(255), 'a b'].map((name) => firingName({ ...key, name }, 0))
  for (const name of names) expect(name).toMatch(/^r[0-9a-f]{1,16}$/)
  expect(new Set(names).size).toBe(3)
})
