import { Navigate } from '@tanstack/react-router'
import { lastScope } from '../../app/scope.ts'

/** Leads to the runs of the project that was looked at last. */
export function HomePage() {
  return <Navigate to="/v2/domain/$domain/project/$project/runs" params={lastScope()} replace />
}
