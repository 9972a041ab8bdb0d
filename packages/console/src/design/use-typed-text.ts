import { useEffect, useRef, useState } from 'react'

export interface TypedText {
  readonly text: string
  readonly type: (text: string) => void
  /** Sets a text, and tells of it at once. */
  readonly set: (text: string) => void
  /** Tells at once of what was typed. @returns whether there was something to tell */
  readonly flush: () => boolean
}

const pauseMs = 150

/**
 * Text that somebody types into what belongs to a page's URL: the page is told when the typing pauses. What it was told comes back
 * some time later, when more may have been typed: only a value that is set elsewhere takes the place of what is typed.
 */
export function useTypedText(value: string, onChange: (text: string) => void): TypedText {
  const [text, setText] = useState(value)
  // The value that came back last, and after it those that are on their way.
  const told = useRef([value])
  const tell = (wanted: string) => {
    if (wanted === told.current.at(-1)) return false
    told.current.push(wanted)
    onChange(wanted)
    return true
  }
  const latest = useRef(tell)
  latest.current = tell
  useEffect(() => {
    const at = told.current.indexOf(value)
    if (at >= 0) told.current.splice(0, at)
    else {
      told.current = [value]
      setText(value)
    }
  }, [value])
  useEffect(() => {
    const timer = setTimeout(() => latest.current(text), pauseMs)
    return () => clearTimeout(timer)
  }, [text])
  return {
    text,
    type: setText,
    set: (wanted) => {
      setText(wanted)
      tell(wanted)
    },
    flush: () => tell(text),
  }
}
