import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { cx } from './cx.ts'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'plain' | 'primary' | 'danger' | 'ghost' | undefined
  readonly size?: 'small' | 'normal' | undefined
  readonly icon?: ReactNode
}

const looks = {
  plain: 'border border-line bg-surface text-text shadow-xs hover:bg-hover',
  primary: 'border border-transparent bg-accent-strong text-on-accent hover:brightness-110',
  danger: 'border border-line bg-surface text-bad shadow-xs hover:bg-bad-soft',
  ghost: 'border border-transparent text-muted hover:bg-hover hover:text-text',
} as const

/** How a link or another element looks that is to look like a button. */
export function buttonClass({ look = 'plain', size = 'normal' }: Pick<ButtonProps, 'look' | 'size'> = {}): string {
  return cx(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors disabled:opacity-55',
    size === 'small' ? 'h-7 px-2 text-xs' : 'h-8 px-3 text-sm',
    looks[look],
  )
}

export function Button({ look, size, icon, children, className, ...rest }: ButtonProps) {
  return (
    <button type="button" className={cx(buttonClass({ look, size }), className)} {...rest}>
      {icon}
      {children}
    </button>
  )
}

interface IconButtonProps extends Omit<ButtonProps, 'children' | 'look' | 'size'> {
  readonly label: string
  readonly size?: keyof typeof iconSizes | undefined
}

const iconSizes = { tiny: 'size-5', small: 'size-6', normal: 'size-7', large: 'size-8' } as const

/** A button of an icon alone, which says what it does to who points at it and to who cannot see it. */
export function IconButton({ label, icon, size = 'normal', className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={cx(
        'inline-flex shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-hover hover:text-text disabled:opacity-50',
        iconSizes[size],
        className,
      )}
      {...rest}
    >
      {icon}
    </button>
  )
}
