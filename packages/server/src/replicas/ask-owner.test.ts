import { NotFoundError } from '@tern/core'
import { expect, test } from 'vitest'
import { OwnedElsewhereError } from '../engine/owned-elsewhere.ts'
import { askOwner } from './ask-owner.ts'

const elsewhere = (url: string | null) => new OwnedElsewhereError({ project: 'p', domain: 'd', run: 'r' }, url)

/** Answers one after another; an error is thrown. */
function inTurn<T>(...answers: ReadonlyArray<T | Error>): () => Promise<T> {
  const left = [...answers]
  return async () => {
    const answer = left.length > 1 ? left.shift()! : left[0]!
    if (answer instanceof Error) throw answer
    return answer
  }
}

const nobody = async (): Promise<undefined> => undefined

test('what this server has is not asked for elsewhere', async () => {
  const there = () => expect.fail('another server was asked')
  expect(await askOwner({ here: inTurn('done'), there })).toBe('done')
  await expect(askOwner({ here: inTurn(new NotFoundError('no run')), there })).rejects.toThrow('no run')
})

test('each place is asked in turn, until one has the run', async () => {
  const asked: string[] = []
  const answer = await askOwner({
    here: inTurn<string>(elsewhere('http://a'), elsewhere(null), elsewhere('http://b'), 'never'),
    async there(url) {
      asked.push(url)
      return url === 'http://b' ? 'done' : undefined
    },
  })
  expect([answer, asked]).toEqual(['done', ['http://a', 'http://b']])
})

test('what another server refuses is refused', async () => {
  const there = inTurn<string>(new NotFoundError('no action'))
  await expect(askOwner({ here: inTurn<string>(elsewhere('http://a')), there })).rejects.toThrow('no action')
})

test('patience has an end, and who gives up is not waited for', async () => {
  const here = inTurn<string>(elsewhere(null))
  await expect(askOwner({ here, there: nobody, patienceMs: 0 })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('is changing hands between servers, and no server has taken it over yet'),
  })
  const signal = AbortSignal.abort(new Error('the client went away'))
  await expect(askOwner({ here, there: nobody, signal })).rejects.toThrow('the client went away')
})
