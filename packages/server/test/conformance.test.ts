import { services } from '@tern/idl'
import { describe, expect, test } from 'vitest'
import { readLedger } from '../src/api/test/call-ledger.ts'
import { documentedOutcomes, outcomesToShow } from '../src/api/test/documented-outcomes.ts'

// Runs after all other tests of the server, and looks at how their calls ended: what is documented of a method must have
// been seen, as JSON and as binary messages, on the embedded database and on Postgres.

const seen = new Set(
  readLedger().map(({ database, transport, method, outcome }) =>
    [database, formatOf(transport), method, outcome].join(),
  ),
)

// Those that the other tests ran on.
const databases = (process.env['TERN_CALLS_DATABASES'] ?? 'embedded').split(',')

function formatOf(transport: string): string {
  return transport.includes('JSON') ? 'JSON' : 'binary'
}

test('every method of the protocol is documented, and no other', () => {
  const methods = services.flatMap(({ typeName, methods }) => methods.map(({ name }) => `${typeName}/${name}`))
  const documented = Object.entries(documentedOutcomes).flatMap(([service, byMethod]) =>
    Object.keys(byMethod).map((method) => `${service}/${method}`),
  )
  expect(documented.toSorted()).toEqual(methods.toSorted())
})

describe.each(services.map((service) => [service.typeName, service] as const))('%s', (typeName, { methods }) => {
  test.each(methods.map(({ name, methodKind }) => [name, methodKind] as const))(
    '%s ends as documented',
    (name, kind) => {
      // The protocol of Connect has streams of requests over HTTP/2 alone, where tests of both formats run as well.
      const missing: string[] = []
      for (const outcome of outcomesToShow(typeName, name) ?? []) {
        for (const database of databases) {
          for (const format of ['JSON', 'binary']) {
            const call = [database, format, `${typeName}/${name}`, outcome].join()
            if (!seen.has(call)) missing.push(`${outcome} (${format}, ${database})`)
          }
        }
      }
      expect(missing, `no test of this ${kind} method shows`).toEqual([])
    },
  )
})
