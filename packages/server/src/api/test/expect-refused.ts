import type { Code } from '@connectrpc/connect'
import { expect } from 'vitest'

/** Expects a call to be refused with a code, and a message that says what about. */
export async function expectRefused(call: Promise<unknown>, code: Code, message: string): Promise<void> {
  await expect(call).rejects.toMatchObject({ code, rawMessage: expect.stringContaining(message) })
}

/** Reads a stream to its end, for calls that are expected to be refused. */
export async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  const messages = stream[Symbol.asyncIterator]()
  while ((await messages.next()).done !== true);
}
