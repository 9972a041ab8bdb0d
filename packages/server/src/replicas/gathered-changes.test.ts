import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Change } from '../engine/model.ts'
import { maxMessageBytes } from '../store/server-store.ts'
import { GatheredChanges, readChanges } from './gathered-changes.ts'

function read(messages: ReadonlyArray<string>) {
  const changes = new Set<string>()
  const everything: (number | 'all')[] = []
  let triggers = 0
  for (const message of messages) {
    readChanges(message, {
      onChange: ({ runId, seq, kind }) => changes.add(`${runId} ${seq} ${kind}`),
      onEverything: (runId) => everything.push(runId),
      onTriggers: () => triggers++,
    })
  }
  return { changes, everything, triggers }
}

function gathered(changes: ReadonlyArray<Change>): GatheredChanges {
  const gathering = new GatheredChanges()
  for (const change of changes) gathering.add(change)
  return gathering
}

function actions(runId: number, seqs: Iterable<number>): Change[] {
  return Array.from(seqs, (seq) => ({ runId, seq, kind: 'action' }))
}

describe('gathered changes', () => {
  test('arrive as they were, each once, in messages that fit', () => {
    const change = fc.record({
      runId: fc.integer({ min: 1, max: 40 }),
      seq: fc.integer({ min: 0, max: 3000 }),
      kind: fc.constantFrom('action', 'log'),
    }) as fc.Arbitrary<Change>
    fc.assert(
      fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
        const messages = gathered(changes).take()
        expect(messages.every((message) => message.length <= maxMessageBytes)).toBe(true)
        const expected = new Set(changes.map(({ runId, seq, kind }) => `${runId} ${seq} ${kind}`))
        expect(read(messages)).toEqual({ changes: expected, everything: [], triggers: 0 })
      }),
    )
  })

  test('of a fan-out are short', () => {
    const [message, ...more] = gathered(actions(35, Array(1500).keys())).take()
    expect(message).toBe('zA0-15n')
    expect(more).toEqual([])
  })

  test('of the run whose number reads as another word are told apart', () => {
    const gathering = gathered([{ runId: 29, seq: 0, kind: 'everything' }])
    expect(read(gathering.take())).toEqual({ changes: new Set(), everything: [29], triggers: 0 })
  })

  test('that are too many in one run are everything in it', () => {
    expect(read(gathered(actions(7, Array(2001).keys())).take()).everything).toEqual([7])
    const scattered = Array.from({ length: 1500 }, (_, i) => i * 1000)
    expect(read(gathered(actions(7, scattered)).take()).everything).toEqual([7])
  })

  test('of too many runs are everything', () => {
    const runs = Array.from({ length: 2001 }, (_, i) => ({ runId: i, seq: 0, kind: 'action' }) as const)
    expect(read(gathered(runs).take())).toEqual({ changes: new Set(), everything: ['all'], triggers: 0 })
  })

  test('that would make too many messages are everything', () => {
    const gathering = gathered([])
    const scattered = Array.from({ length: 400 }, (_, i) => 1000 + i * 2)
    for (let run = 0; run < 300; run++) for (const change of actions(run, scattered)) gathering.add(change)
    gathering.addTriggers()
    expect(read(gathering.take())).toEqual({ changes: new Set(), everything: ['all'], triggers: 1 })
  })

  test('are forgotten once they are taken', () => {
    const gathering = gathered(actions(1, [0]))
    gathering.addTriggers()
    expect(gathering.isEmpty).toBe(false)
    expect(read(gathering.take())).toMatchObject({ triggers: 1 })
    expect(gathering.isEmpty).toBe(true)
    expect(gathering.take()).toEqual([])
  })

  test('of a newer version may be about anything', () => {
    expect(read(['1A0 new!word']).everything).toEqual(['all'])
  })
})
