import { afterEach, beforeEach } from 'vitest'

// Library code does not print. A test of code that is meant to spies on the method: vi.spyOn(console, 'log').
const methods = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const
const original = { ...console }
let printed: string[] = []

beforeEach(() => {
  printed = []
  for (const method of methods) {
    const print: (...args: unknown[]) => void = original[method]
    console[method] = (...args: unknown[]): void => {
      printed.push(`console.${method}: ${args.map(String).join(' ')}`)
      print(...args)
    }
  }
})

afterEach(() => {
  Object.assign(console, original)
  if (printed.length > 0) throw new Error(`a test printed to the console:\n${printed.join('\n')}`)
})
