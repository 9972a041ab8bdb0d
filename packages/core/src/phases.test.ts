import { ActionPhase } from '@tern/idl/common'
import { expect, test } from 'vitest'
import { isSuccessPhase, isTerminalPhase, phaseName, phaseOfName } from './phases.ts'

test('names and numbers agree with the protocol', () => {
  for (const [name, number] of Object.entries(ActionPhase)) {
    expect(phaseName(number)).toBe(name)
    expect(phaseOfName(name)).toBe(number)
  }
})

test('five phases are final', () => {
  expect(Object.values(ActionPhase).filter(isTerminalPhase)).toEqual([5, 6, 7, 8, 10])
  expect(Object.values(ActionPhase).filter(isSuccessPhase)).toEqual([5, 10])
})

test('names are read as people write them', () => {
  expect(phaseOfName('timed-out')).toBe(ActionPhase.TIMED_OUT)
  expect(phaseOfName('done')).toBeUndefined()
})

test('a number from a newer peer has no name', () => {
  expect(phaseName(99 as ActionPhase)).toBe('UNSPECIFIED')
  expect(isTerminalPhase(99 as ActionPhase)).toBe(false)
})
