import { useQuery } from '@connectrpc/connect-query'
import { DataProxyService } from '@tern/idl/dataproxy'
import type { Scope } from '../../app/scope.ts'
import { Section } from '../../design/facts.tsx'
import { ProblemLine, Skeleton } from '../../design/states.tsx'
import { compareValues, type ValueChange, type ValueComparison } from './value-diff.ts'

/** What went into two runs and came out of them, as far as it differs. */
export function DataChanges({ scope, a, b }: { scope: Scope; a: string; b: string }) {
  const [before, after] = [useData(scope, a), useData(scope, b)]
  const error = before.error ?? after.error
  if (error !== null) {
    return (
      <Section title="Inputs and outputs">
        <ProblemLine error={error} />
      </Section>
    )
  }
  if (before.data === undefined || after.data === undefined) return <Skeleton lines={4} />
  const { data: left } = before
  const { data: right } = after
  return (
    <>
      <Values
        title="Inputs"
        values={compareValues(left.inputs?.literals ?? [], right.inputs?.literals ?? [])}
        none="Neither takes any."
      />
      <Values
        title="Outputs"
        values={compareValues(left.outputs?.literals ?? [], right.outputs?.literals ?? [])}
        none="Neither has any."
      />
    </>
  )
}

function useData({ project, domain }: Scope, run: string) {
  return useQuery(
    DataProxyService.method.getActionData,
    { actionId: { name: 'a0', run: { org: '', project, domain, name: run } } },
    // It is there anew when a run has ended: what was read a moment before has no outputs.
    { refetchOnMount: 'always' },
  )
}

function Values({
  title,
  values,
  none,
}: {
  readonly title: string
  readonly values: ReadonlyArray<ValueComparison>
  readonly none: string
}) {
  const same = values.filter(({ changes }) => changes.length === 0)
  const different = values.filter(({ changes }) => changes.length > 0)
  return (
    <Section title={title}>
      {values.length === 0 && <p className="text-xs text-muted">{none}</p>}
      {different.length > 0 && (
        <ul aria-label={`Different ${title.toLowerCase()}`} className="flex flex-col gap-3">
          {different.map((value) => (
            <li key={value.name}>
              <ul className="flex flex-col gap-1">
                {value.changes.map((change) => (
                  <li key={change.path}>
                    <ChangeLine name={value.name} change={change} />
                  </li>
                ))}
              </ul>
              {value.more > 0 && (
                <p className="mt-1 text-xs text-muted">and {value.more.toLocaleString()} more differences</p>
              )}
            </li>
          ))}
        </ul>
      )}
      {same.length > 0 && (
        <p className={`text-xs text-muted ${different.length > 0 ? 'mt-2' : ''}`}>
          The same: <span className="font-mono">{same.map(({ name }) => name).join(', ')}</span>
        </p>
      )}
    </Section>
  )
}

function ChangeLine({ name, change: { path, a, b, delta } }: { name: string; change: ValueChange }) {
  return (
    <div className="grid grid-cols-1 items-start gap-x-2 gap-y-0.5 text-xs md:grid-cols-[10rem_minmax(0,1fr)_minmax(0,1fr)]">
      <span className="truncate font-mono text-xs md:pt-0.5" title={`${name}${path}`}>
        {name}
        <span className="text-muted">{path}</span>
        {delta !== undefined && (
          <span className="ml-1.5 text-2xs text-muted">
            {delta > 0 ? '+' : '−'}
            {Math.abs(delta).toLocaleString(undefined, { maximumFractionDigits: 6 })}
          </span>
        )}
      </span>
      <Text text={a} label="first" tone="bg-bad-soft" />
      <Text text={b} label="second" tone="bg-good-soft" />
    </div>
  )
}

const mostText = 2_000

/** One side of a difference. */
export function Text({ text, label, tone }: { text: string | undefined; label: string; tone: string }) {
  if (text === undefined) return <span className="px-1.5 py-0.5 text-faint italic">not there</span>
  const shown = text.length > mostText ? `${text.slice(0, mostText)} …` : text
  return (
    <span
      title={`In the ${label} run`}
      className={`min-w-0 rounded px-1.5 py-0.5 font-mono text-2xs break-words whitespace-pre-wrap ${tone}`}
    >
      {shown === '' ? 'empty text' : shown}
    </span>
  )
}
