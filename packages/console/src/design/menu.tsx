import {
  cloneElement,
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type ReactNode,
  Suspense,
  useState,
} from 'react'
import { lazyPart } from '../api/lazy-part.ts'

export interface MenuItem {
  readonly label: string
  readonly icon?: ReactNode
  readonly hint?: string | undefined
  readonly isBad?: boolean | undefined
  readonly isDisabled?: boolean | undefined
  readonly isChecked?: boolean | undefined
  readonly onSelect: () => void
}

export interface MenuProps {
  /** A button. */
  readonly trigger: ReactElement<object>
  /** They are told apart by lines. */
  readonly groups: ReadonlyArray<ReadonlyArray<MenuItem>>
  readonly align?: 'start' | 'end'
  readonly label?: string | undefined
}

const load = () => import('./loaded-menu.tsx')
const LoadedMenu = lazyPart(load, 'LoadedMenu')

/** A button with a menu below it. Until somebody asks for the menu, it is the button alone: the rest is not of the first load. */
export function Menu(props: MenuProps) {
  const [isAsked, setAsked] = useState(false)
  const [isOpen, setOpen] = useState(false)
  const open = () => {
    setAsked(true)
    setOpen(true)
  }
  const prepare = () => void load().catch(() => undefined)
  const button = cloneElement(props.trigger, {
    'aria-haspopup': 'menu',
    'aria-expanded': isOpen,
    onPointerEnter: prepare,
    onFocus: prepare,
    // As the menu does it later: with a key at once, with the pointer when it is let go.
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'ArrowDown') {
        event.preventDefault()
        open()
      }
    },
    onClick: (event: MouseEvent) => {
      event.preventDefault()
      open()
    },
  } as object)
  if (!isAsked) return button
  return (
    <Suspense fallback={button}>
      <LoadedMenu {...props} isOpen={isOpen} onOpenChange={setOpen} />
    </Suspense>
  )
}
