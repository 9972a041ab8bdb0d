import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { Monitor, Moon, Sun } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useState } from 'react'
import { navigation } from './navigation.ts'
import { type PaletteCommand, usePageCommands } from './palette-commands.ts'
import { useScope } from './scope.ts'
import { setTheme } from './theme.ts'

const itemClass =
  'flex h-9 cursor-default items-center gap-3 rounded-md px-3 text-sm select-none data-[selected=true]:bg-hover aria-disabled:opacity-50'
const groupClass =
  '[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:text-faint'

/** Everything that can be done from where one is, by typing a part of its name. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const navigate = useNavigate()
  const scope = useScope()
  const ofPage = usePageCommands()
  const go = (to: string, more: object = {}) => void navigate({ to, params: { ...scope, ...more } } as never)
  const choose = (action: () => void) => () => {
    onClose()
    action()
  }
  const name = text.trim()
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-40 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-xl border border-line bg-raised shadow-float"
        >
          <Dialog.Title className="sr-only">Commands</Dialog.Title>
          <Command label="Commands" loop>
            <Command.Input
              value={text}
              onValueChange={setText}
              placeholder="Go to a page, a run, or do something"
              className="h-12 w-full border-b border-line bg-transparent px-4 text-base outline-none"
            />
            <Command.List className="max-h-[50vh] overflow-auto p-1.5">
              <Command.Empty className="px-3 py-6 text-center text-sm text-muted">Nothing of that name.</Command.Empty>
              {ofPage.length > 0 && (
                <Command.Group heading="On this page" className={groupClass}>
                  {ofPage.map((command) => (
                    <PaletteItem key={command.label} command={command} onSelect={choose(command.run)} />
                  ))}
                </Command.Group>
              )}
              <Command.Group heading="Pages" className={groupClass}>
                {navigation.flat().map(({ label, icon: Icon, to, keys }) => (
                  <Command.Item
                    key={label}
                    value={`page ${label}`}
                    className={itemClass}
                    onSelect={choose(() => go(to))}
                  >
                    <Icon size={15} className="text-muted" aria-hidden />
                    <span className="grow">{label}</span>
                    <kbd className="font-sans text-2xs text-faint">{keys}</kbd>
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Theme" className={groupClass}>
                <Command.Item className={itemClass} onSelect={choose(() => setTheme('light'))}>
                  <Sun size={15} className="text-muted" aria-hidden /> Light theme
                </Command.Item>
                <Command.Item className={itemClass} onSelect={choose(() => setTheme('dark'))}>
                  <Moon size={15} className="text-muted" aria-hidden /> Dark theme
                </Command.Item>
                <Command.Item className={itemClass} onSelect={choose(() => setTheme('system'))}>
                  <Monitor size={15} className="text-muted" aria-hidden /> Theme of the system
                </Command.Item>
              </Command.Group>
              {/^[a-z][-a-z0-9]{1,29}$/.test(name) && (
                <Command.Group heading="Go to" className={groupClass} forceMount>
                  <Command.Item
                    forceMount
                    value={`run ${name}`}
                    className={itemClass}
                    onSelect={choose(() => go('/v2/domain/$domain/project/$project/runs/$run', { run: name }))}
                  >
                    Open the run <b className="font-mono font-medium">{name}</b>
                  </Command.Item>
                </Command.Group>
              )}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function PaletteItem({ command, onSelect }: { command: PaletteCommand; onSelect: () => void }) {
  return (
    <Command.Item value={command.label} className={itemClass} onSelect={onSelect}>
      <span className="text-muted">{command.icon}</span>
      <span className="grow">{command.label}</span>
      {command.keys && <kbd className="font-sans text-2xs text-faint">{command.keys}</kbd>}
    </Command.Item>
  )
}
