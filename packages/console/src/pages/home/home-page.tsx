import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { Section } from '../../design/facts.tsx'
import { PageHeader } from '../../design/page.tsx'
import { ErrorState, Skeleton } from '../../design/states.tsx'
import { phases } from '../../model/phases.ts'
import { RunList } from '../runs/run-list.tsx'
import { useRuns } from '../runs/use-runs.ts'
import { NextSchedules } from './next-schedules.tsx'
import { ProjectList } from './project-list.tsx'

const shownRuns = 6

const namesOf = (isWanted: (phase: (typeof phases)[number]) => boolean) =>
  phases
    .filter(isWanted)
    .map(({ name }) => name)
    .join(',')
const underWay = namesOf(({ isTerminal }) => !isTerminal)
const failed = namesOf(({ isTerminal, tone }) => isTerminal && tone === 'bad')

/** What wants to be known first: what runs, what failed, what runs next, and where else one can look. */
export function HomePage() {
  const scope = useScope()
  useTitle('Home')
  return (
    <>
      <PageHeader title="Home">
        <p className="text-xs text-muted">
          {scope.project}, {scope.domain}
        </p>
      </PageHeader>
      <div
        key={`${scope.project} ${scope.domain}`}
        className="grid grow content-start lg:grid-cols-[minmax(0,1fr)_22rem] lg:content-stretch"
      >
        <div className="border-b border-line lg:border-r lg:border-b-0">
          <Section title="Runs now" actions={<AllRuns phase={underWay} what="under way" />}>
            <Runs phase={underWay} nothing="Nothing runs at the moment." />
          </Section>
          <Section title="Failed lately" actions={<AllRuns phase={failed} what="that failed" />}>
            <Runs phase={failed} nothing="Nothing has failed." />
          </Section>
        </div>
        <div>
          <Section title="Next schedules">
            <NextSchedules />
          </Section>
          <Section title="Projects">
            <ProjectList />
          </Section>
        </div>
      </div>
    </>
  )
}

function AllRuns({ phase, what }: { phase: string; what: string }) {
  return (
    <Link
      to="/v2/domain/$domain/project/$project/runs"
      params={useScope()}
      search={{ phase }}
      className="rounded-sm text-xs text-accent hover:underline"
    >
      All<span className="sr-only"> runs {what}</span>
    </Link>
  )
}

function Runs({ phase, nothing }: { phase: string; nothing: ReactNode }) {
  const { runs, error } = useRuns(useScope(), { phase }, shownRuns)
  if (runs === undefined) return error === null ? <Skeleton lines={2} /> : <ErrorState error={error} />
  if (runs.length === 0) return <p className="text-xs text-muted">{nothing}</p>
  return (
    <div className="-mx-4">
      <RunList runs={runs.slice(0, shownRuns)} />
    </div>
  )
}
