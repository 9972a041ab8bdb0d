import type { TriggerName } from '@tern/idl/common'
import { TimeUntil, ZonedTime } from './next-time.tsx'
import { useUpcoming } from './use-upcoming.ts'

const shownInstants = 5

export interface UpcomingProps {
  /** Of a trigger that is active. */
  readonly name: TriggerName
  /** Its time zone. */
  readonly zone: string | undefined
  /** What it does then, in the plural. */
  readonly what: string
}

/** When a trigger fires next, and in how long that is. */
export function Upcoming({ name, zone, what }: UpcomingProps) {
  const instants = useUpcoming([name], shownInstants)?.[0]
  if (instants === undefined) return <p className="text-xs text-muted">The server does not tell.</p>
  return (
    <ol aria-label={`Next ${what}`} className="flex flex-col gap-1.5 text-xs">
      {instants.map((at) => (
        <li key={at} className="flex justify-between gap-3">
          <ZonedTime at={at} zone={zone} />
          <span className="text-muted">
            <TimeUntil at={at} />
          </span>
        </li>
      ))}
    </ol>
  )
}
