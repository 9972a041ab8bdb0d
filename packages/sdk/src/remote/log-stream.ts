import { Code, type Client, ConnectError } from '@connectrpc/connect'
import { fromTimestamp } from '@tern/core'
import type { ActionIdentifier } from '@tern/idl/common'
import type { DataProxyService } from '@tern/idl/dataproxy'
import { type LogLine, LogLineOriginator } from '@tern/idl/logs'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { ActionIdentifierSchema } from '@tern/idl/common'
import { delay } from '../local/delay.ts'

/** One line that an attempt wrote. */
export interface LogEntry {
  /** Without the newline. */
  readonly text: string
  /** Whether the platform wrote it, and not the task. */
  readonly isSystem: boolean
  readonly at: Date | undefined
}

export interface LogRequest {
  readonly actionId: MessageInitShape<typeof ActionIdentifierSchema> | ActionIdentifier
  readonly attempt: number
}

const maxFailures = 5
const pauseMs = 1000
const notYet = new Set([Code.NotFound, Code.Unavailable])

/** An attempt's lines. A stream that breaks is opened again, and what was seen of it is passed over. */
export async function* tailLogs(
  dataProxy: Client<typeof DataProxyService>,
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<LogEntry, void, undefined> {
  let seen = 0
  for (let failures = 0; ; ) {
    try {
      let position = 0
      for await (const { logs } of dataProxy.tailLogs(request, { signal })) {
        for (const line of logs.flatMap(({ lines }) => lines)) {
          if (position++ < seen) continue
          seen++
          failures = 0
          yield toEntry(line)
        }
      }
      return
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof ConnectError && notYet.has(error.code)) || ++failures > maxFailures) throw error
      await delay(pauseMs, signal)
    }
  }
}

function toEntry({ message, originator, timestamp }: LogLine): LogEntry {
  return {
    text: message.replace(/\r?\n$/, ''),
    isSystem: originator === LogLineOriginator.SYSTEM,
    at: timestamp === undefined ? undefined : new Date(fromTimestamp(timestamp)),
  }
}
