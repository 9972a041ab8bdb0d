import { Monitor, Moon, Sun } from 'lucide-react'
import { useState } from 'react'
import { cx } from '../design/cx.ts'
import { currentTheme, setTheme, type Theme } from './theme.ts'

const choices = [
  { theme: 'light', label: 'Light', icon: Sun },
  { theme: 'dark', label: 'Dark', icon: Moon },
  { theme: 'system', label: 'As the system', icon: Monitor },
] as const

export function ThemeSwitch() {
  const [theme, setShown] = useState<Theme>(currentTheme)
  const choose = (next: Theme) => {
    setTheme(next)
    setShown(next)
  }
  return (
    <div role="group" aria-label="Theme" className="flex gap-0.5">
      {choices.map(({ theme: each, label, icon: Icon }) => (
        <button
          key={each}
          type="button"
          aria-pressed={theme === each}
          aria-label={label}
          title={label}
          onClick={() => choose(each)}
          className={cx(
            'grid size-7 place-items-center rounded-md hover:bg-hover',
            theme === each ? 'bg-hover text-text' : 'text-faint',
          )}
        >
          <Icon size={14} aria-hidden />
        </button>
      ))}
    </div>
  )
}
