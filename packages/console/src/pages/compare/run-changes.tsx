import { useQuery } from '@connectrpc/connect-query'
import { Link } from '@tanstack/react-router'
import { type RunDetails, RunService } from '@tern/idl/workflow'
import type { Scope } from '../../app/scope.ts'
import { Section } from '../../design/facts.tsx'
import { specChanges } from '../tasks/compare/spec-changes.ts'
import { comparedFacts, type FactPair, filesLabel } from './run-facts.ts'
import { taskOf } from './use-other-run.ts'
import { Text } from './value-changes.tsx'

/** What two runs run, and with what, as far as it differs. */
export function RunChanges({ scope, a, b }: { scope: Scope; a: RunDetails; b: RunDetails }) {
  const facts = comparedFacts(a, b)
  const specs = useSpecChanges(scope, a, b)
  const different = [...facts.filter((fact) => fact.a !== fact.b), ...specs]
  const same = facts.filter(({ a: left, b: right, label }) => left === right && label !== filesLabel)
  const [before, after] = [versionOf(a), versionOf(b)]
  return (
    <Section
      title="What they run"
      actions={
        before !== after &&
        taskOf(a) === taskOf(b) && (
          <Link
            to="/v2/domain/$domain/project/$project/tasks/$task"
            params={{ ...scope, task: taskOf(b) ?? '' }}
            search={{ version: after ?? '', tab: 'compare', base: before ?? '' }}
            className="text-xs text-accent hover:underline"
          >
            Compare the code
          </Link>
        )
      }
    >
      {different.length === 0 && <p className="text-xs text-muted">The same, with the same options.</p>}
      {different.length > 0 && (
        <ul aria-label="Different options" className="flex flex-col gap-1">
          {different.map(({ label, a: left, b: right }) => (
            <li
              key={label}
              className="grid grid-cols-1 items-start gap-x-2 gap-y-0.5 text-xs md:grid-cols-[10rem_minmax(0,1fr)_minmax(0,1fr)]"
            >
              <span className="truncate text-muted md:pt-0.5" title={label}>
                {label}
              </span>
              <Text text={left} label="first" tone="bg-bad-soft" />
              <Text text={right} label="second" tone="bg-good-soft" />
            </li>
          ))}
        </ul>
      )}
      {same.length > 0 && (
        <p className="mt-2 text-xs text-muted">
          The same: {same.map(({ label, a: text }) => `${label.toLowerCase()} ${text ?? ''}`).join(', ')}
        </p>
      )}
    </Section>
  )
}

function versionOf({ action }: RunDetails): string | undefined {
  return action?.metadata?.spec.case === 'task' ? action.metadata.spec.value.id?.version : undefined
}

/** What differs in the specs of their tasks, where they are of two versions. */
function useSpecChanges(scope: Scope, a: RunDetails, b: RunDetails): ReadonlyArray<FactPair> {
  const isNeeded = versionOf(a) !== versionOf(b)
  const [before, after] = [useSpec(scope, a, isNeeded), useSpec(scope, b, isNeeded)]
  if (before === undefined || after === undefined) return []
  const { interface: types, options, resources } = specChanges(before, after)
  return [...types, ...options, ...resources].map((change) => ({
    label: change.label,
    a: change.before,
    b: change.after,
  }))
}

function useSpec({ project, domain }: Scope, { action }: RunDetails, isNeeded: boolean) {
  const run = { org: '', project, domain, name: action?.id?.run?.name ?? '' }
  const { data } = useQuery(
    RunService.method.getActionDetails,
    { actionId: { name: 'a0', run } },
    { enabled: isNeeded },
  )
  const spec = data?.details?.spec
  return spec?.case === 'task' ? spec.value : undefined
}
