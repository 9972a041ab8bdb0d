import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { tell, tellProblem } from '../../../design/toast.tsx'
import type { DataSource } from '../../../data/stored-data.tsx'
import { type Again, startAgain } from './start-again.ts'

/** Starts what ran as a new run, and leads there. */
export function useStartAgain(source: DataSource) {
  const navigate = useNavigate()
  const { project, domain } = source
  return useMutation({
    mutationFn: (again: Again) => startAgain(source, again),
    onSuccess: (run) => {
      tell(`Started ${run}`)
      void navigate({ to: '/v2/domain/$domain/project/$project/runs/$run', params: { project, domain, run } })
    },
    onError: tellProblem,
  })
}
