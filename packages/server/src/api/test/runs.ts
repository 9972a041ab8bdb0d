import type { ActionIdentifierSchema } from '@tern/idl/common'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Clients } from './clients.ts'
import { aRunRequest, place } from './fixtures.ts'

let serial = 0

/** A name that no other test of the file uses, since all transports share a server. */
export function freshName(prefix = 'run'): string {
  serial += 1
  return `${prefix}-${serial}`
}

/** Starts a run under a name of its own, which it returns. */
export async function startRun(
  runs: Clients['runs'],
  overrides: Parameters<typeof aRunRequest>[0] = {},
): Promise<string> {
  const name = freshName()
  await runs.createRun(aRunRequest({ id: { case: 'runId', value: { ...place, name } }, ...overrides }))
  return name
}

export function idOf(run: string, action = 'a0'): MessageInitShape<typeof ActionIdentifierSchema> {
  return { run: { ...place, name: run }, name: action }
}
