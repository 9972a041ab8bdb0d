import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

export interface MenuItem {
  readonly label: string
  readonly icon?: ReactNode
  readonly hint?: string | undefined
  readonly isBad?: boolean | undefined
  readonly isDisabled?: boolean | undefined
  readonly isChecked?: boolean | undefined
  readonly onSelect: () => void
}

/** A button with a menu below it. Groups are told apart by lines. */
export function Menu({
  trigger,
  groups,
  align = 'end',
  label,
}: {
  readonly trigger: ReactNode
  readonly groups: ReadonlyArray<ReadonlyArray<MenuItem>>
  readonly align?: 'start' | 'end'
  readonly label?: string | undefined
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className={menuClass}
        >
          {groups.map((items, index) => (
            <DropdownMenu.Group key={index} className={cx(index > 0 && 'mt-1 border-t border-line pt-1')}>
              {items.map((item) => (
                <DropdownMenu.Item
                  key={item.label}
                  disabled={item.isDisabled ?? false}
                  onSelect={item.onSelect}
                  className={cx(menuItemClass, item.isBad && 'text-bad')}
                >
                  <span className="grid w-4 place-items-center text-muted">{item.isChecked ? '✓' : item.icon}</span>
                  <span className="grow">{item.label}</span>
                  {item.hint && <span className="pl-4 text-2xs text-faint">{item.hint}</span>}
                </DropdownMenu.Item>
              ))}
            </DropdownMenu.Group>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

const menuClass =
  'z-40 max-h-96 min-w-48 overflow-auto rounded-lg border border-line bg-raised p-1 text-sm shadow-float'
const menuItemClass =
  'flex cursor-default items-center gap-2 rounded-md px-2 py-1.5 outline-none select-none data-[disabled]:opacity-50 data-[highlighted]:bg-hover'
