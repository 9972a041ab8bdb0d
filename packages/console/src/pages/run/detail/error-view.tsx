import { Link } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { CopyButton } from '../../../design/copy.tsx'
import { cx } from '../../../design/cx.ts'
import { type ErrorText, type Frame, parseErrorText } from '../../../model/error-text.ts'
import { useRunParams } from '../run-search.ts'

/** What went wrong: the message first, then where in the user's code, then what caused it. */
export function ErrorView({ text, isSystem }: { text: string; isSystem: boolean }) {
  const error = parseErrorText(text)
  return (
    <div className="rounded-lg border border-bad/40 bg-bad-soft/60">
      <ErrorPart error={error} hint={isSystem ? '· system error' : undefined} copy={text} />
    </div>
  )
}

function ErrorPart({ error, hint, copy }: { error: ErrorText; hint?: string | undefined; copy?: string }) {
  const own = error.frames.find(({ isOwn }) => isOwn)
  return (
    <>
      <div className="flex items-start gap-2 px-3 pt-2">
        <div className="min-w-0 grow">
          <p className="text-2xs font-medium text-bad">
            {error.code || 'Error'}
            {hint && <span className="font-normal text-muted"> {hint}</span>}
          </p>
          <Message text={error.message} />
          {own && (
            <p className="mt-0.5 font-mono text-xs text-muted">
              {own.name && `${own.name} · `}
              <Place frame={own} className="text-text" />
            </p>
          )}
        </div>
        {copy && <CopyButton text={copy} what="the error" />}
      </div>
      <Stack frames={error.frames} rest={error.rest} />
      {error.cause && (
        <div className="mt-1 ml-3 border-l-2 border-bad/40 pb-1">
          <p className="px-3 pt-1 text-2xs text-muted">caused by</p>
          <ErrorPart error={error.cause} />
        </div>
      )}
    </>
  )
}

/** Of more than this, the beginning is shown first. */
const mostLetters = 700
const mostLines = 10

/** What was said; of much, its beginning, and the rest for who asks. */
function Message({ text }: { text: string }) {
  const [isWhole, setWhole] = useState(false)
  const start = text.split('\n', mostLines).join('\n').slice(0, mostLetters)
  return (
    <div className="text-sm font-medium wrap-anywhere whitespace-pre-wrap" dir="auto">
      {isWhole || start === text ? text : `${start} …`}
      {start !== text && (
        <button
          type="button"
          aria-expanded={isWhole}
          onClick={() => setWhole(!isWhole)}
          className="mt-1 block rounded-sm text-xs font-normal text-accent hover:underline"
        >
          {isWhole ? 'Show less' : `Show all ${text.length.toLocaleString()} characters`}
        </button>
      )}
    </div>
  )
}

function Stack({ frames, rest }: { frames: ReadonlyArray<Frame>; rest: string }) {
  const [isOpen, setOpen] = useState(false)
  if (frames.length === 0 && rest === '') return <div className="h-2" />
  return (
    <div className="px-3 pt-1 pb-2">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="-ml-1 flex items-center gap-0.5 rounded pr-1 text-xs text-muted hover:text-text"
      >
        <ChevronRight size={13} className={cx(isOpen && 'rotate-90')} aria-hidden />
        Stack, {frames.length} {frames.length === 1 ? 'call' : 'calls'}
      </button>
      {isOpen && (
        <ol className="mt-1 overflow-x-auto font-mono text-xs leading-5" tabIndex={0} aria-label="Stack">
          {frames.map((frame, index) => (
            <li key={index} className={cx('whitespace-nowrap', frame.isOwn ? 'font-medium' : 'text-muted')}>
              {frame.name || 'anonymous'}
              {frame.file && (
                <>
                  {' '}
                  <Place frame={frame} className="font-normal text-muted" />
                </>
              )}
            </li>
          ))}
          {rest && <li className="whitespace-pre text-muted">{rest}</li>}
        </ol>
      )}
    </div>
  )
}

/** A line of a file; in the user's code it leads there. */
function Place({ frame: { file, line, isOwn }, className }: { frame: Frame; className: string }) {
  const params = useRunParams()
  const text = line === undefined ? file : `${file}:${line}`
  if (!isOwn || line === undefined) return <span className={className}>{text}</span>
  return (
    <Link
      to="/v2/domain/$domain/project/$project/runs/$run"
      params={params}
      search={(before) => ({ ...before, tab: 'code', file, line: String(line) })}
      title="Show it in the code"
      className={cx('rounded-sm underline decoration-line-strong underline-offset-2 hover:text-accent', className)}
    >
      {text}
    </Link>
  )
}
