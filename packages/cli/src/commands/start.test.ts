import { expect, test } from 'vitest'
import { readyText } from './start.ts'

test('the ready line has the address and the folder', () => {
  const ready = { url: 'http://127.0.0.1:1', host: '127.0.0.1', port: 1, dataDir: '/a/b/.tern', pid: 1, version: '1' }
  expect(readyText(ready, '/a/b')).toBe('Tern is ready at http://127.0.0.1:1 (data in .tern; stop it with Ctrl-C)\n')
  expect(readyText(ready, '/c')).toContain('data in /a/b/.tern;')
})
