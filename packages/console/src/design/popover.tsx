import { Popover as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

/** A button with something below it that can be filled in. Escape, and a click beside it, close it. */
export function Popover({
  trigger,
  label,
  isOpen,
  onOpenChange,
  children,
}: {
  readonly trigger: ReactNode
  readonly label: string
  readonly isOpen: boolean
  readonly onOpenChange: (isOpen: boolean) => void
  readonly children: ReactNode
}) {
  return (
    <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className="z-40 max-h-[min(26rem,var(--radix-popover-content-available-height))] w-72 overflow-auto rounded-lg border border-line bg-raised p-2 text-sm shadow-float"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
