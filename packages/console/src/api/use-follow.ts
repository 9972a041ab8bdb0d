import { useEffect, useRef, useState } from 'react'
import { follow } from './follow.ts'

export interface FollowState<Value> {
  readonly value: Value | undefined
  readonly error: unknown
  /** Whether the value is of what was asked before. */
  readonly isStale: boolean
}

export interface UseFollowOptions<Message, Value> {
  /** What is followed; another key is another stream, and undefined is none. */
  readonly key: string | undefined
  readonly open: (signal: AbortSignal) => AsyncIterable<Message>
  /** The value after a message. `before` is undefined for the first of a stream. */
  readonly take: (before: Value | undefined, message: Message) => Value
  /** Whether there is nothing more to come. */
  readonly isOver?: (value: Value) => boolean
  /** Keeps the value of one key while the first of the next is on its way. */
  readonly keepsPrevious?: boolean
}

/** The newest value of a stream, which is opened again whenever it breaks off. Renders once a frame at most. */
export function useFollow<Message, Value>(options: UseFollowOptions<Message, Value>): FollowState<Value> {
  const { key, keepsPrevious = false } = options
  const latest = useRef(options)
  latest.current = options
  const [state, setState] = useState<{ key: string | undefined; value: Value | undefined; error: unknown }>({
    key,
    value: undefined,
    error: undefined,
  })
  useEffect(() => {
    if (key === undefined) return
    let value: Value | undefined
    let frame = 0
    const show = () => {
      frame = 0
      setState({ key, value, error: undefined })
    }
    const stop = follow<Message>({
      open: (signal) => latest.current.open(signal),
      onOpen: () => {
        value = undefined
      },
      onMessage: (message) => {
        value = latest.current.take(value, message)
        if (frame === 0) frame = requestAnimationFrame(show)
      },
      onError: (error) => {
        cancelAnimationFrame(frame)
        setState({ key, value, error })
      },
      isOver: () => value !== undefined && (latest.current.isOver?.(value) ?? false),
    })
    return () => {
      stop()
      cancelAnimationFrame(frame)
    }
  }, [key])
  if (state.key === key) return { value: state.value, error: state.error, isStale: false }
  return { value: keepsPrevious ? state.value : undefined, error: undefined, isStale: true }
}
