import type { ReactNode } from 'react'
import { ErrorState, Skeleton } from './states.tsx'
import { type MorePages, ShowMore } from './show-more.tsx'

/** A list that comes in pages, as `usePages` gives it. */
export interface PagedQuery extends MorePages {
  readonly error: unknown
  readonly refetch: () => unknown
}

export interface ListingProps<Item> {
  /** Undefined before the first page is there. */
  readonly items: ReadonlyArray<Item> | undefined
  readonly query: PagedQuery
  /** What they are, in the plural. */
  readonly label: string
  /** What stands where there are none. */
  readonly empty: ReactNode
  /** A `li`, with its key. */
  readonly renderItem: (item: Item) => ReactNode
}

/** All that a list can be: on its way, refused, empty, there, and longer than what is shown. */
export function Listing<Item>({ items, query, label, empty, renderItem }: ListingProps<Item>) {
  const { error, refetch, hasNextPage } = query
  if (items === undefined) {
    return error === null ? <Skeleton lines={8} /> : <ErrorState error={error} onRetry={() => void refetch()} />
  }
  return (
    <>
      {items.length === 0 && !hasNextPage && empty}
      {items.length > 0 && (
        <ul className="divide-y divide-line" aria-label={label}>
          {items.map(renderItem)}
        </ul>
      )}
      <ShowMore query={query} label={`Show more ${label.toLowerCase()}`} />
    </>
  )
}
