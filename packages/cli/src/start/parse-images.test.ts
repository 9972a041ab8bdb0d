import { expect, test } from 'vitest'
import { parseImages } from './parse-images.ts'

test('what images run in is read in its order, and added to what was said before', () => {
  const first = parseImages('team/model:*=/opt/venvs/model', undefined)
  expect(parseImages('team/* = python3.12, *=a=b', first)).toEqual([
    { image: 'team/model:*', python: '/opt/venvs/model' },
    { image: 'team/*', python: 'python3.12' },
    { image: '*', python: 'a=b' },
  ])
})

test.each(['', 'team/*', '=python', 'team/*=', 'a=b,,c=d'])('%j is refused', (text) => {
  expect(() => parseImages(text, undefined)).toThrow('It must be PATTERN=PYTHON')
})
