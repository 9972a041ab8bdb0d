import { type WorkerStatus, WorkerPoolStatus_Kind, WorkerStatus_State } from '@tern/idl/status'
import { formatBytes } from '../../data/format-bytes.ts'
import { cx } from '../../design/cx.ts'
import { Elapsed } from '../../design/time.tsx'
import { msOf } from '../../model/times.ts'
import type { WholeStatus } from './merge-status.ts'

const kinds: Readonly<Record<number, string>> = {
  [WorkerPoolStatus_Kind.NODE]: 'Node',
  [WorkerPoolStatus_Kind.PYTHON]: 'Python, forked',
  [WorkerPoolStatus_Kind.PROCESS]: 'one process each',
}

const states: Readonly<Record<number, { readonly label: string; readonly dot: string }>> = {
  [WorkerStatus_State.STARTING]: { label: 'starting', dot: 'border border-dashed border-busy' },
  [WorkerStatus_State.IDLE]: { label: 'idle', dot: 'border border-wait' },
  [WorkerStatus_State.BUSY]: { label: 'busy', dot: 'bg-busy' },
  [WorkerStatus_State.RETIRING]: { label: 'ending', dot: 'border border-warn' },
}

const mostWorkers = 24

/** Processes that are kept warm, by the environment that they are for. */
export function WorkerList({ pools }: Pick<WholeStatus, 'pools'>) {
  if (pools.length === 0) {
    return (
      <p className="text-xs text-muted">
        None runs. The first task of an environment starts one, which stays for a while.
      </p>
    )
  }
  return (
    <ul aria-label="Worker pools" className="flex flex-col divide-y divide-line">
      {pools.map(({ server, pool }, index) => (
        <li key={index} className="py-2.5 first:pt-0 last:pb-0">
          <div className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
            <span className="font-medium">{titleOf(pool)}</span>
            <span className="text-xs text-muted">{kinds[pool.kind]}</span>
            <span className="min-w-0 truncate font-mono text-2xs text-faint">{shortened(pool.bundle)}</span>
            <span className="ml-auto text-xs whitespace-nowrap text-muted tabular-nums">
              {pool.workers.length.toLocaleString()}
              {pool.maxWorkers !== undefined && ` of ${pool.maxWorkers.toLocaleString()}`}{' '}
              {pool.workers.length === 1 && pool.maxWorkers === undefined ? 'process' : 'processes'}
              {pool.pending > 0 && `, ${pool.pending.toLocaleString()} waiting`}
            </span>
          </div>
          {server !== '' && <p className="font-mono text-2xs text-faint">{server}</p>}
          <ul className="mt-1.5 flex flex-wrap gap-1.5">
            {pool.workers.slice(0, mostWorkers).map((worker) => (
              <WorkerChip key={worker.pid} worker={worker} />
            ))}
            {pool.workers.length > mostWorkers && (
              <li className="self-center text-xs text-muted">and {pool.workers.length - mostWorkers} more</li>
            )}
          </ul>
        </li>
      ))}
    </ul>
  )
}

/** Bundles are named by what is in them, at length. */
function shortened(bundle: string): string {
  return bundle.replace(/^([\da-f]{12})[\da-f]{20,}/, '$1…')
}

function titleOf({ environment, kind }: { readonly environment: string; readonly kind: number }): string {
  if (environment !== '') return environment
  return kind === WorkerPoolStatus_Kind.PYTHON ? 'Python' : 'Container tasks'
}

function WorkerChip({ worker }: { worker: WorkerStatus }) {
  const { pid, state, attempts, parents, memoryBytes, idleSince } = worker
  const { label, dot } = states[state] ?? { label: 'unknown', dot: 'border border-line-strong' }
  const running = attempts - parents
  return (
    <li className="flex items-center gap-2 rounded-md border border-line bg-surface px-2 py-1 text-xs whitespace-nowrap">
      <span className={cx('size-2 rounded-full', dot)} aria-hidden />
      <span className="text-muted tabular-nums">{pid || '…'}</span>
      <span>
        {idleSince === undefined ? (
          label
        ) : (
          <>
            idle for <Elapsed from={msOf(idleSince)} to={undefined} />
          </>
        )}
      </span>
      {attempts > 0 && (
        <span className="text-muted tabular-nums" title={`${parents} of them wait for their children`}>
          {running.toLocaleString()} running{parents > 0 && `, ${parents.toLocaleString()} waiting`}
        </span>
      )}
      {memoryBytes > 0n && <span className="text-faint tabular-nums">{formatBytes(Number(memoryBytes))}</span>}
    </li>
  )
}
