import { Link, useNavigate } from '@tanstack/react-router'
import { GitCompare } from 'lucide-react'
import { useMemo } from 'react'
import { useCommands } from '../../app/palette-commands.ts'
import { buttonClass } from '../../design/button.tsx'

interface RunName {
  readonly project: string
  readonly domain: string
  readonly run: string
}

/** Leads to a run beside another one: the one that it reruns, or the one before it. */
export function CompareLink({ source: { project, domain, run } }: { source: RunName }) {
  return (
    <Link
      to="/v2/domain/$domain/project/$project/runs/$run/compare"
      params={{ project, domain, run }}
      title="Compare with another run"
      className={buttonClass({ size: 'small' })}
    >
      <GitCompare size={13} aria-hidden />
      Compare
    </Link>
  )
}

/** The same in the command palette. */
export function useCompareCommand({ project, domain, run }: RunName): void {
  const navigate = useNavigate()
  const commands = useMemo(
    () => [
      {
        label: 'Compare this run with another one',
        icon: <GitCompare size={15} />,
        run: () =>
          void navigate({
            to: '/v2/domain/$domain/project/$project/runs/$run/compare',
            params: { project, domain, run },
          }),
      },
    ],
    [navigate, project, domain, run],
  )
  useCommands(commands)
}
