import { useMutation } from '@connectrpc/connect-query'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { TriggerName } from '@tern/idl/common'
import { TriggerService } from '@tern/idl/trigger'
import { RunService, RunSource } from '@tern/idl/workflow'
import { useMemo } from 'react'
import { tell, tellProblem } from '../../design/toast.tsx'

/** Switches a trigger on and off, and starts a run of it without waiting for its time. */
export function useSteerTrigger({ project, domain, taskName, name }: Omit<TriggerName, '$typeName' | 'org'>) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { mutate, isPending: isUpdating } = useMutation(TriggerService.method.updateTriggers, {
    onSuccess: async (_, { active }) => {
      tell(active ? `${name} is on` : `${name} is off`)
      await queries.invalidateQueries()
    },
    onError: tellProblem,
  })
  const { mutate: startRun, isPending: isStarting } = useMutation(RunService.method.createRun, {
    onSuccess: ({ run }) => {
      const started = run?.action?.id?.run?.name ?? ''
      tell(`Started ${started}`)
      void navigate({ to: '/v2/domain/$domain/project/$project/runs/$run', params: { project, domain, run: started } })
    },
    onError: tellProblem,
  })
  const steer = useMemo(() => {
    const triggerName = { org: '', project, domain, taskName, name }
    return {
      setActive: (active: boolean) => mutate({ names: [triggerName], active }),
      runNow: () =>
        startRun({
          id: { case: 'projectId', value: { organization: '', name: project, domain } },
          task: { case: 'triggerName', value: triggerName },
          source: RunSource.WEB,
        }),
    }
  }, [mutate, startRun, project, domain, taskName, name])
  return { ...steer, isPending: isUpdating || isStarting }
}
