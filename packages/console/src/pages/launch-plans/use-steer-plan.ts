import { useMutation } from '@connectrpc/connect-query'
import { useQueryClient } from '@tanstack/react-query'
import { LaunchPlanService } from '@tern/idl/launchplan'
import { tell } from '../../design/toast.tsx'

/** Makes a version of a launch plan the active one, or none. */
export function useSteerPlan(onDone: () => void) {
  const queries = useQueryClient()
  const changed = async (said: string) => {
    tell(said)
    onDone()
    await queries.invalidateQueries()
  }
  const activate = useMutation(LaunchPlanService.method.activateLaunchPlan, {
    onSuccess: ({ launchPlan }) => changed(`Version ${launchPlan?.id?.version} is active`),
  })
  const deactivate = useMutation(LaunchPlanService.method.deactivateLaunchPlan, {
    onSuccess: (_, { id }) => changed(`No version of ${id?.name} is active any more`),
  })
  return { activate, deactivate }
}
