import { createClient } from '@connectrpc/connect'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { RunService } from '@tern/idl/workflow'
import { useState } from 'react'
import { toProblem } from '../../api/problem.ts'
import { transport } from '../../api/transport.ts'
import { useScope } from '../../app/scope.ts'
import { Button } from '../../design/button.tsx'
import { Dialog } from '../../design/dialog.tsx'
import { ReasonForm } from '../../design/reason-form.tsx'
import { tell } from '../../design/toast.tsx'

const client = createClient(RunService, transport)

/** A browser has six connections for a server. */
const atOnce = 4

/** Asks whether to stop several runs, and why. What could not be stopped is told, and can be tried again. */
export function AbortRunsDialog({
  runs,
  onClose,
  onDone,
}: {
  readonly runs: ReadonlyArray<string>
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const scope = useScope()
  const queries = useQueryClient()
  // Those that have ended meanwhile leave the list, and are still the ones that were asked about.
  const [asked] = useState(runs)
  const [reason, setReason] = useState('')
  const abort = useMutation({
    mutationFn: async () => {
      const why = reason.trim() || 'aborted in the console'
      const failures: string[] = []
      const left = [...asked]
      const worker = async () => {
        for (let name = left.shift(); name !== undefined; name = left.shift()) {
          try {
            await client.abortRun({ runId: { org: '', ...scope, name }, reason: why })
          } catch (error) {
            failures.push(`${name}: ${toProblem(error).message}`)
          }
        }
      }
      await Promise.all(Array.from({ length: atOnce }, worker))
      if (failures.length > 0) throw new Error(`${failures.length} could not be aborted: ${failures.join('; ')}`)
    },
    onSettled: () => queries.invalidateQueries(),
    onSuccess: () => {
      tell(asked.length === 1 ? `The run ${asked[0]} is aborted` : `${asked.length} runs are aborted`)
      onDone()
      onClose()
    },
  })
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={asked.length === 1 ? 'Abort this run?' : `Abort ${asked.length} runs?`}
      description="Everything in them that has not ended is stopped."
      footer={
        <>
          <Button onClick={onClose}>Let them run</Button>
          <Button look="danger" disabled={abort.isPending} onClick={() => abort.mutate()}>
            {abort.isPending ? 'Aborting …' : 'Abort'}
          </Button>
        </>
      }
    >
      <ReasonForm
        label="Reason, shown with each run"
        reason={reason}
        onChange={setReason}
        onSubmit={() => abort.mutate()}
        error={abort.error}
      >
        <ul className="max-h-40 overflow-auto rounded-md bg-sunken px-2.5 py-1.5 font-mono text-xs" tabIndex={0}>
          {asked.map((name) => (
            <li key={name} className="truncate">
              {name}
            </li>
          ))}
        </ul>
      </ReasonForm>
    </Dialog>
  )
}
