import { Link, Outlet, useNavigate } from '@tanstack/react-router'
import { CloudOff, Menu as MenuIcon, Search } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { Suspense, useEffect, useState } from 'react'
import { lazyPart } from '../api/lazy-part.ts'
import { useConnection } from '../api/connection.ts'
import { IconButton } from '../design/button.tsx'
import { useKeys } from '../design/keys.ts'
import { Logo } from './logo.tsx'
import { navigation } from './navigation.ts'
import { ScopeSwitch } from './scope-switch.tsx'
import { addressedScope, useScope } from './scope.ts'
import { ThemeSwitch } from './theme-switch.tsx'

const loadPalette = () => import('./palette.tsx')
const Palette = lazyPart(loadPalette, 'Palette')

/** What is around every page: where one is, where one can go, and whether what is shown keeps up. */
export function Shell() {
  const [isPaletteOpen, setPaletteOpen] = useState(false)
  const [isDrawerOpen, setDrawerOpen] = useState(false)
  // It opens at once, but is not of the first load.
  useEffect(() => {
    const timer = setTimeout(() => void loadPalette().catch(() => undefined), 1_500)
    return () => clearTimeout(timer)
  }, [])
  const openPalette = () => setPaletteOpen(true)
  const navigate = useNavigate()
  const scope = useScope()
  useKeys({
    'mod+k': () => setPaletteOpen((isOpen) => !isOpen),
    '?': openPalette,
    ...Object.fromEntries(
      navigation
        .flat()
        .map(({ to, keys }) => [keys, () => void navigate({ to, params: addressedScope() ?? scope } as never)]),
    ),
  })
  return (
    <div className="flex h-full flex-col md:flex-row">
      <a
        href="#page"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded focus:bg-raised focus:p-2"
      >
        Skip to the page
      </a>
      <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-surface px-3 md:hidden">
        <Dialog.Root open={isDrawerOpen} onOpenChange={setDrawerOpen}>
          <Dialog.Trigger asChild>
            <IconButton label="Menu" icon={<MenuIcon size={18} />} />
          </Dialog.Trigger>
          <Dialog.Portal>
            <Dialog.Overlay className="fixed inset-0 z-40 bg-black/40" />
            <Dialog.Content
              aria-describedby={undefined}
              className="fixed inset-y-0 left-0 z-40 flex w-64 flex-col bg-surface shadow-float"
            >
              <Dialog.Title className="sr-only">Menu</Dialog.Title>
              <Sidebar onSearch={openPalette} onGo={() => setDrawerOpen(false)} />
            </Dialog.Content>
          </Dialog.Portal>
        </Dialog.Root>
        <Link to="/" className="flex grow items-center gap-2 font-semibold">
          <Logo /> Tern
        </Link>
        <IconButton label="Search" icon={<Search size={17} />} onClick={openPalette} />
      </header>
      <div className="hidden w-52 shrink-0 flex-col border-r border-line bg-surface md:flex">
        <Sidebar onSearch={openPalette} />
      </div>
      <div className="flex min-h-0 min-w-0 grow flex-col">
        <ConnectionLine />
        <main id="page" className="flex min-h-0 grow flex-col overflow-auto" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      {isPaletteOpen && (
        <Suspense>
          <Palette onClose={() => setPaletteOpen(false)} />
        </Suspense>
      )}
    </div>
  )
}

function Sidebar({ onSearch, onGo }: { onSearch: () => void; onGo?: () => void }) {
  const scope = useScope()
  return (
    <>
      <div className="flex flex-col gap-2 p-3">
        <Link
          to="/"
          onClick={onGo}
          className="flex items-center gap-2 px-1 py-0.5 text-base font-semibold tracking-tight"
        >
          <Logo /> Tern
        </Link>
        <ScopeSwitch />
        <button
          type="button"
          onClick={onSearch}
          className="flex h-8 items-center gap-2 rounded-md border border-line bg-canvas px-2 text-muted hover:bg-hover"
        >
          <Search size={14} aria-hidden />
          <span className="grow text-left">Search</span>
          <kbd className="font-sans text-2xs text-faint">{isMac ? '⌘K' : 'Ctrl K'}</kbd>
        </button>
      </div>
      <nav aria-label="Main" className="flex grow flex-col gap-4 overflow-auto px-3 pt-1">
        {navigation.map((items, index) => (
          <ul key={index} className="flex flex-col gap-px">
            {items.map(({ label, icon: Icon, to }) => (
              <li key={label}>
                <Link
                  {...({ to, params: scope } as { to: '/' })}
                  activeOptions={{ exact: to === '/' }}
                  onClick={onGo}
                  className="flex h-7.5 items-center gap-2.5 rounded-md px-2 text-muted hover:bg-hover hover:text-text data-[status=active]:bg-selected data-[status=active]:font-medium data-[status=active]:text-text"
                >
                  <Icon size={15} aria-hidden />
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        ))}
      </nav>
      <div className="flex items-center justify-between border-t border-line p-2">
        <ThemeSwitch />
      </div>
    </>
  )
}

const isMac = /mac/i.test(navigator.platform)

function ConnectionLine() {
  if (useConnection() === 'live') return null
  return (
    <div role="status" className="flex items-center justify-center gap-2 bg-warn-soft px-3 py-1 text-xs text-warn">
      <CloudOff size={13} aria-hidden />
      The server is away. What you see is from before; it goes on by itself.
    </div>
  )
}
