import type { ActionDetails } from '@tern/idl/workflow'
import { EmptyState } from '../../../design/states.tsx'
import type { DataSource } from '../../../data/stored-data.tsx'
import { isTerminal } from '../../../model/phases.ts'
import { useRunSearch } from '../run-search.ts'
import { LogView } from './log-view.tsx'
import { useLogs } from './use-logs.ts'

/** The logs of an action's attempts, the last one first. */
export function LogsTab({ details, source }: { details: ActionDetails; source: DataSource }) {
  const { search, set } = useRunSearch()
  const { attempts } = details
  const last = attempts.at(-1)?.attempt ?? 1
  const attempt = attempts.find((each) => each.attempt === Number(search.attempt ?? last)) ?? attempts.at(-1)
  if (attempt === undefined || !attempt.logsAvailable) {
    return <EmptyState title="No logs yet">They are there once the task runs.</EmptyState>
  }
  return (
    <>
      {attempts.length > 1 && (
        <div role="group" aria-label="Attempt" className="flex shrink-0 gap-1 border-b border-line px-3 py-1.5">
          {attempts.map((each) => (
            <button
              key={each.attempt}
              type="button"
              aria-pressed={each.attempt === attempt.attempt}
              onClick={() =>
                set({ attempt: each.attempt === last ? undefined : String(each.attempt), line: undefined })
              }
              className="rounded-md px-2 py-0.5 text-xs text-muted hover:bg-hover aria-pressed:bg-selected aria-pressed:font-medium aria-pressed:text-text"
            >
              Attempt {each.attempt}
            </button>
          ))}
        </div>
      )}
      <AttemptLogs
        key={attempt.attempt}
        source={source}
        attempt={attempt.attempt}
        isEnded={isTerminal(attempt.phase)}
      />
    </>
  )
}

function AttemptLogs({ source, attempt, isEnded }: { source: DataSource; attempt: number; isEnded: boolean }) {
  const logs = useLogs(source, attempt, isEnded)
  return <LogView logs={logs} isEnded={isEnded} fileName={`${source.run}-${source.action}-${attempt}.log`} />
}
