import './app/app.css'
import { TransportProvider } from '@connectrpc/connect-query'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queryClient } from './api/query-client.ts'
import { transport } from './api/transport.ts'
import { router } from './app/router.tsx'
import { currentTheme, setTheme } from './app/theme.ts'
import { Toasts } from './design/toast.tsx'

setTheme(currentTheme())

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </TransportProvider>
  </StrictMode>,
)
