import { DropdownMenu } from 'radix-ui'
import { cx } from './cx.ts'
import type { MenuProps } from './menu.tsx'

/** A menu that has been asked for. */
export function LoadedMenu({
  trigger,
  groups,
  align = 'end',
  label,
  isOpen,
  onOpenChange,
}: MenuProps & { readonly isOpen: boolean; readonly onOpenChange: (isOpen: boolean) => void }) {
  return (
    <DropdownMenu.Root modal={false} open={isOpen} onOpenChange={onOpenChange}>
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
