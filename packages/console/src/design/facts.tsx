import type { ReactNode } from 'react'

export interface Fact {
  readonly label: string
  readonly value: ReactNode
}

/** Names with their values, one below the other. Those of no value are left out. */
export function Facts({ facts }: { facts: ReadonlyArray<Fact | undefined | false> }) {
  const shown = facts.filter(
    (fact): fact is Fact => Boolean(fact) && (fact as Fact).value !== undefined && (fact as Fact).value !== '',
  )
  return (
    <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-xs">
      {shown.map(({ label, value }) => (
        <div key={label} className="contents">
          <dt className="text-muted">{label}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** A part of a page with a name. */
export function Section({ title, actions, children }: { title: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-b border-line px-4 py-3 last:border-b-0">
      <div className="mb-2 flex min-h-6 items-center justify-between gap-2">
        <h3 className="text-xs font-semibold">{title}</h3>
        {actions}
      </div>
      {children}
    </section>
  )
}
