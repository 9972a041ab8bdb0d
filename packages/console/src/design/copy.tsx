import { Check, Code2, Copy } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from './button.tsx'
import { Menu } from './menu.tsx'
import { tell, tellProblem } from './toast.tsx'

/** Puts text on the clipboard, and says what it was. */
export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    tell(`Copied ${what}`)
  } catch {
    tellProblem(new Error('The browser does not let the page copy; it does on https and on localhost.'))
  }
}

interface CopyProps {
  readonly text: string
  /** The text in words, with its article. */
  readonly what: string
}

/** A name to read and to copy, in a list of facts. */
export function CopyableName({ text, what }: CopyProps) {
  return (
    <span className="-my-1 flex items-center gap-1 font-mono">
      <span className="min-w-0 break-all">{text}</span>
      <CopyButton text={text} what={what} />
    </span>
  )
}

/** Copies text that is shown beside it. */
export function CopyButton({ text, what }: CopyProps) {
  const [isDone, setDone] = useState(false)
  const copy = async () => {
    await copyText(text, what)
    setDone(true)
    setTimeout(() => setDone(false), 1500)
  }
  return (
    <IconButton
      label={`Copy ${what}`}
      icon={isDone ? <Check size={13} className="text-good" /> : <Copy size={13} />}
      size="small"
      onClick={() => void copy()}
    />
  )
}

/** The same request in the ways there are to make it. */
export interface Snippets {
  readonly cli?: string
  readonly typescript?: string
  readonly python?: string
  readonly link?: string
}

const names = { cli: 'CLI command', typescript: 'TypeScript', python: 'Python', link: 'Link' } as const

/** Copies what the page shows as something to run elsewhere. */
export function CopyAs({ snippets, label = 'Copy as' }: { snippets: Snippets; label?: string }) {
  const items = (['cli', 'typescript', 'python', 'link'] as const).flatMap((kind) => {
    const text = snippets[kind]
    return text === undefined
      ? []
      : [
          {
            label: names[kind],
            onSelect: () => void copyText(text, kind === 'link' ? 'the link' : `the ${names[kind]}`),
          },
        ]
  })
  return (
    <Menu
      label={label}
      trigger={
        <Button size="small" icon={<Code2 size={13} aria-hidden />}>
          {label}
        </Button>
      }
      groups={[items]}
    />
  )
}
