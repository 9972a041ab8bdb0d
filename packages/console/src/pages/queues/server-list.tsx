import type { ServerStatus } from '@tern/idl/status'
import { TriangleAlert } from 'lucide-react'
import { formatBytes } from '../../data/format-bytes.ts'
import { Facts } from '../../design/facts.tsx'
import { useNow } from '../../design/now.ts'
import { formatMs, msOf } from '../../model/times.ts'

/** The servers of the database, each with its version and how long it is up. */
export function ServerList({ servers }: { servers: ReadonlyArray<ServerStatus> }) {
  return (
    <ul aria-label="Servers" className="flex flex-col gap-3">
      {servers.map((server) => (
        <li key={server.url}>
          {servers.length > 1 && <p className="mb-1 font-mono text-xs">{server.url}</p>}
          {server.problem === '' ? (
            <Facts
              facts={[
                { label: 'Version', value: server.version },
                { label: 'Up for', value: <Uptime startedAt={msOf(server.startedAt)} /> },
                { label: 'Memory', value: `${formatBytes(Number(server.memoryBytes))}, without workers` },
                servers.length > 1 && { label: 'Runs', value: server.liveRuns.toLocaleString() },
              ]}
            />
          ) : (
            <p className="flex gap-1.5 text-xs text-warn">
              <TriangleAlert size={13} className="mt-0.5 shrink-0" aria-hidden />
              <span className="min-w-0 break-words">It does not answer: {server.problem}</span>
            </p>
          )}
        </li>
      ))}
    </ul>
  )
}

function Uptime({ startedAt }: { startedAt: number | undefined }) {
  const now = useNow()
  return startedAt === undefined ? '–' : formatMs(Math.max(0, now - startedAt))
}
