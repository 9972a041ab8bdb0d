import type { JsonObject } from '@bufbuild/protobuf'
import { createClient } from '@connectrpc/connect'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { TaskIdentifier } from '@tern/idl/task'
import { RunService, RunSource, TranslatorService } from '@tern/idl/workflow'
import { transport } from '../../../api/transport.ts'
import { tell } from '../../../design/toast.tsx'

const translator = createClient(TranslatorService, transport)
const runs = createClient(RunService, transport)

/** Starts a run of a task with what a form is filled with, and leads there. */
export function useLaunch(taskId: TaskIdentifier) {
  const navigate = useNavigate()
  const { project, domain } = taskId
  return useMutation({
    mutationFn: async (form: JsonObject) => {
      const { literals } = await translator.launchFormJsonToLiterals({ json: form })
      const { run } = await runs.createRun({
        id: { case: 'projectId', value: { organization: '', name: project, domain } },
        task: { case: 'taskId', value: taskId },
        inputWrapper: { case: 'inputs', value: { literals } },
        source: RunSource.WEB,
      })
      return run?.action?.id?.run?.name ?? ''
    },
    onSuccess: (run) => {
      tell(`Started ${run}`)
      void navigate({ to: '/v2/domain/$domain/project/$project/runs/$run', params: { project, domain, run } })
    },
  })
}
