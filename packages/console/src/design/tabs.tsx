import { Tabs as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

export interface Tab {
  readonly name: string
  readonly label: ReactNode
  readonly content: ReactNode
  /** Whether it has the whole height to itself, and scrolls inside. */
  readonly isFull?: boolean
}

/** Parts of a page of which one is shown. Which one is the page's to keep, in its URL. */
export function Tabs({
  tabs,
  current,
  onChange,
  label,
}: {
  readonly tabs: ReadonlyArray<Tab>
  readonly current: string
  readonly onChange: (name: string) => void
  readonly label: string
}) {
  const shown = tabs.some(({ name }) => name === current) ? current : (tabs[0]?.name ?? '')
  return (
    <Radix.Root value={shown} onValueChange={onChange} className="flex min-h-0 grow flex-col">
      <Radix.List aria-label={label} className="flex shrink-0 gap-4 overflow-x-auto border-b border-line px-4">
        {tabs.map(({ name, label: text }) => (
          <Radix.Trigger
            key={name}
            value={name}
            className="-mb-px border-b-2 border-transparent py-2 text-xs whitespace-nowrap text-muted outline-offset-[-2px] hover:text-text data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-text"
          >
            {text}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map(({ name, content, isFull }) => (
        <Radix.Content
          key={name}
          value={name}
          tabIndex={isFull ? -1 : 0}
          className={cx(
            'min-h-0 grow outline-offset-[-2px] data-[state=inactive]:hidden',
            isFull ? 'flex flex-col' : 'overflow-auto',
          )}
        >
          {content}
        </Radix.Content>
      ))}
    </Radix.Root>
  )
}
