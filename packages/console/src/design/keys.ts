import { useEffect, useRef } from 'react'

/** Whether keys go into something that takes text. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

const sequenceMs = 1_500

/**
 * Calls what belongs to keys that are pressed while nobody types: one key such as `/` or `j`, or two in a row such as `g r`.
 * `mod+k` is with the Command key on a Mac and Control elsewhere, and works while typing as well.
 */
export function useKeys(bindings: Readonly<Record<string, (() => void) | undefined>>): void {
  const latest = useRef(bindings)
  latest.current = bindings
  useEffect(() => {
    let first = ''
    let firstAt = 0
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return
      const withMod = event.metaKey || event.ctrlKey
      if (!withMod && (isTyping(event.target) || isInDialog(event.target))) return
      const key = withMod ? `mod+${event.key.toLowerCase()}` : event.key
      const pair = event.timeStamp - firstAt < sequenceMs ? `${first} ${key}` : ''
      const action = latest.current[pair] ?? latest.current[key]
      first = key
      firstAt = event.timeStamp
      if (action === undefined) return
      event.preventDefault()
      action()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[role=dialog],[role=menu]') !== null
}
