import { Button } from './button.tsx'

/** Of a list that comes in pages, as `usePages` gives it. */
export interface MorePages {
  readonly hasNextPage: boolean
  readonly fetchNextPage: () => unknown
  readonly isFetchingNextPage: boolean
}

export interface ShowMoreProps {
  readonly query: MorePages
  /** What the button says. */
  readonly label: string
  /** Of a list that is a part of its page. */
  readonly isInner?: boolean
}

/** The way to the next page of a list, below it; nothing when all is there. */
export function ShowMore({ query, label, isInner = false }: ShowMoreProps) {
  if (!query.hasNextPage) return null
  const button = (
    <Button
      size={isInner ? 'small' : 'normal'}
      className={isInner ? 'mt-2' : ''}
      disabled={query.isFetchingNextPage}
      onClick={() => void query.fetchNextPage()}
    >
      {query.isFetchingNextPage ? 'Loading …' : label}
    </Button>
  )
  return isInner ? button : <div className="grid place-items-center border-t border-line p-4">{button}</div>
}
