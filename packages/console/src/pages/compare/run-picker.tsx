import type { RunDetails } from '@tern/idl/workflow'
import { type FormEvent, useState } from 'react'
import type { Scope } from '../../app/scope.ts'
import { Button } from '../../design/button.tsx'
import { Dialog } from '../../design/dialog.tsx'
import { PhaseIcon } from '../../design/phase.tsx'
import { Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { msOf } from '../../model/times.ts'
import { taskOf, useRunsOf } from './use-other-run.ts'

/** Asks for the run to compare with: one of the same task, or any by its name. */
export function RunPicker({
  scope,
  run,
  details,
  onChoose,
  onClose,
}: {
  readonly scope: Scope
  readonly run: string
  readonly details: RunDetails | undefined
  readonly onChoose: (run: string) => void
  readonly onClose: () => void
}) {
  const [name, setName] = useState('')
  const task = taskOf(details)
  const { runs } = useRunsOf(scope, task)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() !== '') onChoose(name.trim())
  }
  return (
    <Dialog isOpen onClose={onClose} title={`Compare ${run} with`}>
      <form onSubmit={submit} className="mb-3 flex gap-2">
        <input
          aria-label="Name of a run"
          placeholder="the name of a run"
          value={name}
          spellCheck={false}
          onChange={({ target }) => setName(target.value)}
          className="h-8 min-w-0 grow rounded-md border border-line-strong bg-surface px-2.5 font-mono text-xs text-text"
        />
        <Button type="submit" disabled={name.trim() === ''}>
          Compare
        </Button>
      </form>
      <p className="mb-1 text-xs text-muted">Runs of {task ?? 'the same task'}</p>
      {runs === undefined && <Skeleton lines={3} className="px-0" />}
      <ul aria-label="Runs of the same task" className="-mx-2 flex flex-col">
        {runs
          ?.flatMap(({ action }) => (action === undefined || action.id?.run?.name === run ? [] : action))
          .map(({ id, status }) => (
            <li key={id?.run?.name}>
              <button
                type="button"
                onClick={() => onChoose(id?.run?.name ?? '')}
                className="flex w-full items-center gap-2.5 rounded-md px-2 py-1.5 text-left text-xs hover:bg-hover"
              >
                <PhaseIcon phase={status?.phase} />
                <span className="min-w-0 truncate font-mono">{id?.run?.name}</span>
                <span className="ml-auto text-muted">
                  <TimeAgo at={msOf(status?.startTime)} />
                </span>
              </button>
            </li>
          ))}
      </ul>
    </Dialog>
  )
}
