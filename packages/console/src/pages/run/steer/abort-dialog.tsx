import { createClient } from '@connectrpc/connect'
import { useMutation } from '@tanstack/react-query'
import { RunService } from '@tern/idl/workflow'
import { useState } from 'react'
import { transport } from '../../../api/transport.ts'
import { Button } from '../../../design/button.tsx'
import { Dialog } from '../../../design/dialog.tsx'
import { ReasonForm } from '../../../design/reason-form.tsx'
import { tell } from '../../../design/toast.tsx'
import type { DataSource } from '../../../data/stored-data.tsx'

const client = createClient(RunService, transport)

/** Asks whether to stop a run, or an action with all that it called, and why. */
export function AbortDialog({ source, onClose }: { source: DataSource; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const { project, domain, run, action } = source
  const isRun = action === 'a0'
  const runId = { org: '', project, domain, name: run }
  const why = reason.trim() || 'aborted in the console'
  const abort = useMutation({
    mutationFn: async () => {
      if (isRun) await client.abortRun({ runId, reason: why })
      else await client.abortAction({ actionId: { name: action, run: runId }, reason: why })
    },
    onSuccess: () => {
      tell(isRun ? `The run ${run} is aborted` : `The action ${action} is aborted`)
      onClose()
    },
  })
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={isRun ? 'Abort this run?' : 'Abort this action?'}
      description={
        isRun
          ? 'Everything in it that has not ended is stopped.'
          : 'It is stopped with everything that it called; the rest of the run goes on.'
      }
      footer={
        <>
          <Button onClick={onClose}>Let it run</Button>
          <Button look="danger" disabled={abort.isPending} onClick={() => abort.mutate()}>
            Abort
          </Button>
        </>
      }
    >
      <ReasonForm
        label="Reason, shown with the run"
        reason={reason}
        onChange={setReason}
        onSubmit={() => abort.mutate()}
        error={abort.error}
      />
    </Dialog>
  )
}
