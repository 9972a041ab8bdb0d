import { createClient } from '@connectrpc/connect'
import { DataProxyService } from '@tern/idl/dataproxy'
import { useRef } from 'react'
import { transport } from '../../../api/transport.ts'
import { useFollow } from '../../../api/use-follow.ts'
import type { DataSource } from '../../../data/stored-data.tsx'
import { msOf } from '../../../model/times.ts'

export interface LogLine {
  readonly text: string
  readonly at: number | undefined
  /** Written by the system, and not by the task. */
  readonly isSystem: boolean
}

export interface Logs {
  readonly lines: ReadonlyArray<LogLine>
  /** Lines before the first one, which are no longer held. */
  readonly dropped: number
  readonly isLoading: boolean
  readonly error: unknown
}

/** Lines that a page holds; of more, the latest. */
const mostLines = 200_000
/** Of `LogLineOriginator`. */
const system = 2

const client = createClient(DataProxyService, transport)

interface Held {
  readonly lines: LogLine[]
  readonly dropped: number
}

/** What an attempt writes, as it writes it. */
export function useLogs({ project, domain, run, action }: DataSource, attempt: number, isEnded: boolean): Logs {
  const actionId = { name: action, run: { org: '', project, domain, name: run } }
  const key = JSON.stringify([actionId, attempt])
  const begun = useRef('')
  const { value, error } = useFollow<Held, Held>({
    key,
    open: (signal) => {
      const isFirst = begun.current !== key
      begun.current = key
      return readLines(client.tailLogs({ actionId, attempt }, { signal }), isFirst)
    },
    take: (before, message) => add(before, message.lines),
    isOver: () => isEnded,
  })
  return { lines: value?.lines ?? [], dropped: value?.dropped ?? 0, isLoading: value === undefined && !error, error }
}

type TailLogs = ReturnType<typeof client.tailLogs>

/**
 * Begins with nothing, so that it is known that an attempt has written nothing; but for a stream that is opened again, for what is
 * known stays until it is told anew.
 */
async function* readLines(stream: TailLogs, isFirst: boolean): AsyncIterable<Held> {
  let isNothing = !isFirst
  if (isFirst) yield { lines: [], dropped: 0 }
  for await (const { logs } of stream) {
    isNothing = false
    const lines = logs.flatMap((batch) => batch.lines)
    yield {
      lines: lines.flatMap(({ message, timestamp, originator }) =>
        message
          .replace(/\r?\n$/, '')
          .split('\n')
          .map((text) => ({ text, at: msOf(timestamp), isSystem: originator === system })),
      ),
      dropped: 0,
    }
  }
  if (isNothing) yield { lines: [], dropped: 0 }
}

function add(before: Held | undefined, lines: ReadonlyArray<LogLine>): Held {
  if (before === undefined) return { lines: [...lines], dropped: 0 }
  // The same array grows: to copy it with every batch would take longer and longer.
  for (const line of lines) before.lines.push(line)
  const excess = before.lines.length - mostLines
  return excess > mostLines / 10
    ? { lines: before.lines.slice(excess), dropped: before.dropped + excess }
    : { lines: before.lines, dropped: before.dropped }
}
