import { formatBytes } from '../../data/format-bytes.ts'
import { Bar } from '../../design/bar.tsx'
import type { WholeStatus } from './merge-status.ts'

const names: Readonly<Record<string, string>> = { cpu: 'Processors', memory: 'Memory', gpu: 'GPUs' }

/** What tasks share out among them, and who has it. */
export function Capacity({ resources }: Pick<WholeStatus, 'resources'>) {
  if (resources.length === 0) return <p className="text-xs text-muted">Tasks may take all there is.</p>
  return (
    <ul className="flex flex-col gap-3">
      {resources.map(({ name, used, total, uses }) => (
        <li key={name}>
          <div className="mb-1 flex justify-between gap-3 text-xs">
            <span>{names[name] ?? name}</span>
            <span className="text-muted tabular-nums">
              <span className="font-medium text-text">{amountText(name, used)}</span> of {amountText(name, total)}
            </span>
          </div>
          <Bar value={used} of={total} label={`${names[name] ?? name} in use`} />
          {uses.length > 0 && (
            <ul className="mt-1.5 flex flex-col gap-0.5 text-xs text-muted">
              {uses.map(({ taskName, actions, amount }) => (
                <li key={taskName} className="flex justify-between gap-3">
                  <span className="truncate">
                    {taskName}
                    {actions > 1 && ` × ${actions.toLocaleString()}`}
                  </span>
                  <span className="shrink-0 tabular-nums">{amountText(name, amount)}</span>
                </li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  )
}

function amountText(name: string, amount: number): string {
  return name === 'memory' ? formatBytes(amount) : amount.toLocaleString(undefined, { maximumFractionDigits: 3 })
}
