import { createRouter } from '@tanstack/react-router'
import { ErrorState, Skeleton } from '../design/states.tsx'
import { routeTree } from './routes.tsx'
import { parseSearch, stringifySearch } from './search.ts'

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  // The page of another run, task or project is another page: nothing of the one before is shown in it.
  defaultRemountDeps: ({ params }) => params,
  defaultPendingComponent: () => <Skeleton lines={6} className="mx-auto max-w-5xl" />,
  defaultErrorComponent: ({ error }) => <ErrorState error={error} onRetry={() => location.reload()} />,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
