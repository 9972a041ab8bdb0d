import { Link } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'

/** A step on the way to a page. Without an address it is only text. */
export interface Crumb {
  readonly label: string
  readonly to?: string
}

/** The top of a page: the way here, its name, and what can be done with it. */
export function PageHeader({
  crumbs = [],
  title,
  actions,
  children,
}: {
  readonly crumbs?: ReadonlyArray<Crumb>
  readonly title: ReactNode
  readonly actions?: ReactNode
  /** A line or two below the title. */
  readonly children?: ReactNode
}) {
  return (
    <header className="shrink-0 border-b border-line bg-surface px-4 py-2.5 md:px-5">
      <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-2">
        <nav aria-label="Where you are" className="flex min-w-0 grow items-center gap-1.5">
          {crumbs.map(({ label, to }) => (
            <span key={label} className="flex items-center gap-1.5 text-muted">
              {to === undefined ? (
                label
              ) : (
                <Link to={to} className="rounded-sm hover:text-text hover:underline">
                  {label}
                </Link>
              )}
              <ChevronRight size={13} className="text-faint" aria-hidden />
            </span>
          ))}
          <h1 className="min-w-0 truncate text-base font-semibold">{title}</h1>
        </nav>
        {actions && (
          // Where there is little room, buttons are their words alone.
          <div className="flex flex-wrap items-center gap-2 max-sm:[&_:is(a,button):not([aria-label])>svg]:hidden">
            {actions}
          </div>
        )}
      </div>
      {children}
    </header>
  )
}
