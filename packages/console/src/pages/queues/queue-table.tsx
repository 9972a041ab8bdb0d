import { Bar } from '../../design/bar.tsx'
import type { Queue } from './merge-status.ts'

/** The queues, with what is in them. */
export function QueueTable({ queues }: { queues: ReadonlyArray<Queue> }) {
  if (queues.length === 0) {
    return (
      <p className="text-xs text-muted">
        None is set, and no action names one. <code className="font-mono">tern start --queue gpu=2</code> sets one.
      </p>
    )
  }
  return (
    <ul aria-label="Queues" className="flex flex-col gap-2.5">
      {queues.map((queue) => (
        <QueueLine key={queue.name} queue={queue} />
      ))}
    </ul>
  )
}

function QueueLine({ queue: { name, limit, priority, busy, waiting } }: { queue: Queue }) {
  return (
    <li className="text-xs">
      <div className="flex justify-between gap-3">
        <span className="min-w-0 truncate">
          {name === '' ? <span className="text-muted">Without a queue</span> : name}
          {priority !== 0 && <span className="text-faint"> · priority {priority}</span>}
        </span>
        <span className="shrink-0 text-muted tabular-nums">
          <span className="font-medium text-text">{busy.toLocaleString()}</span>
          {limit === undefined ? ' busy' : ` of ${limit.toLocaleString()} busy`}
          {waiting > 0 && `, ${waiting.toLocaleString()} waiting`}
        </span>
      </div>
      {limit !== undefined && <Bar className="mt-1" value={busy} of={limit} label={`Places of ${name} taken`} />}
    </li>
  )
}
