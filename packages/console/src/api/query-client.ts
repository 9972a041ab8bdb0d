import { QueryClient } from '@tanstack/react-query'
import { isPassing } from './problem.ts'

const mostRetries = 6

/** Answers that the page keeps for a while. What cannot work is not asked again; a server that is away is waited for. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => isPassing(error) && failures < mostRetries,
      retryDelay: (failures) => Math.min(5_000, 250 * 2 ** failures),
    },
    mutations: { retry: false },
  },
})
