import { useNavigate } from '@tanstack/react-router'
import { ChevronsUpDown } from 'lucide-react'
import { Suspense, useState } from 'react'
import { lazyPart } from '../api/lazy-part.ts'
import { useScope } from './scope.ts'

const ScopeDialog = lazyPart(() => import('./scope-dialog.tsx'), 'ScopeDialog')

/** The project and domain that one looks at, and the way to others. */
export function ScopeSwitch() {
  const { project, domain } = useScope()
  const [isOpen, setOpen] = useState(false)
  const navigate = useNavigate()
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen(true)}
        title="Switch project or domain"
        className="flex items-center gap-2 rounded-md border border-line px-2 py-1 text-left hover:bg-hover"
      >
        <span className="min-w-0 grow">
          <span className="block truncate font-medium">{project}</span>
          <span className="block truncate text-2xs text-muted">{domain}</span>
        </span>
        <ChevronsUpDown size={14} className="shrink-0 text-faint" aria-hidden />
      </button>
      {isOpen && (
        <Suspense>
          <ScopeDialog
            onClose={() => setOpen(false)}
            onChoose={(scope) => {
              setOpen(false)
              void navigate({ to: '/v2/domain/$domain/project/$project/runs', params: scope })
            }}
          />
        </Suspense>
      )}
    </>
  )
}
