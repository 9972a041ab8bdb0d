import { expect, test } from 'vitest'
import { isLoopback } from './loopback.ts'

test.each(['localhost', 'LOCALHOST', 'a.localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])(
  '%s is this machine',
  (host) => {
    expect(isLoopback(host)).toBe(true)
  },
)

test.each(['example.com', '0.0.0.0', '10.0.0.1', '127.0.0.1.example.com', 'localhost.example.com', '::'])(
  '%s may be another machine',
  (host) => {
    expect(isLoopback(host)).toBe(false)
  },
)
