import { useVirtualizer } from '@tanstack/react-virtual'
import { formatLogLine } from '@tern/core/log-record'
import { ArrowDown, ArrowUp, Download, Search, WrapText } from 'lucide-react'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { Button, IconButton } from '../../../design/button.tsx'
import { copyText } from '../../../design/copy.tsx'
import { cx } from '../../../design/cx.ts'
import { EmptyState, ErrorState, Skeleton } from '../../../design/states.tsx'
import { useTypedText } from '../../../design/use-typed-text.ts'
import { formatClock } from '../../../model/times.ts'
import { useRunSearch } from '../run-search.ts'
import { parseAnsi, plainText } from './ansi.ts'
import type { LogLine, Logs } from './use-logs.ts'

const lineHeight = 18

/** What an attempt wrote: followed to its end, searched, and linked to by the line. */
export function LogView({ logs, isEnded, fileName }: { logs: Logs; isEnded: boolean; fileName: string }) {
  const { search, set } = useRunSearch()
  const { lines, dropped } = logs
  const marked = search.line === undefined ? undefined : Number(search.line)
  const scroller = useRef<HTMLDivElement>(null)
  const lastTop = useRef(0)
  const [isWrapped, setWrapped] = useState(true)
  const [isFollowing, setFollowing] = useState(marked === undefined && !isEnded)
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 30,
  })
  const text = search.find ?? ''
  const hits = useMemo(() => findLines(lines, lines.length, text), [lines, lines.length, text])
  const [hit, setHit] = useState(0)
  const goTo = (index: number, align: 'center' | 'end' = 'center') => virtualizer.scrollToIndex(index, { align })
  const goToHit = (wanted: number) => {
    if (hits.length === 0) return
    const next = (wanted + hits.length) % hits.length
    setHit(next)
    setFollowing(false)
    goTo(hits[next] ?? 0)
  }

  useEffect(() => {
    if (isFollowing && lines.length > 0) virtualizer.scrollToIndex(lines.length - 1, { align: 'end' })
  }, [isFollowing, lines.length, virtualizer])
  const isMarkThere = marked !== undefined && marked - dropped <= lines.length
  useEffect(() => {
    if (isMarkThere) virtualizer.scrollToIndex(marked - 1 - dropped, { align: 'center' })
    // Where somebody came to; not again when lines come.
  }, [isMarkThere, marked, dropped, virtualizer])

  // What is looked for is shown, unless somebody came for a line.
  const firstHit = hits[0]
  useEffect(() => {
    setHit(0)
    if (firstHit !== undefined && !isMarkThere) virtualizer.scrollToIndex(firstHit, { align: 'center' })
  }, [text, firstHit, isMarkThere, virtualizer])

  if (logs.error) return <ErrorState error={logs.error} />
  if (logs.isLoading) return <Skeleton lines={6} />
  const onScroll = () => {
    const at = scroller.current
    if (at === null) return
    // Only who scrolls up wants to stay there: lines may come faster than they are scrolled to.
    const isUp = at.scrollTop < lastTop.current
    lastTop.current = at.scrollTop
    if (isUp && isFollowing && at.scrollHeight - at.scrollTop - at.clientHeight > 4 * lineHeight) setFollowing(false)
  }
  const mark = (line: number) => {
    set({ line: String(line) })
    setFollowing(false)
  }
  return (
    <>
      <div className="flex shrink-0 items-center gap-1 border-b border-line px-3 py-1.5">
        <FindField hits={hits.length} hit={hit} onGo={goToHit} />
        <span className="ml-auto" />
        {!isEnded && (
          <Button
            size="small"
            look="ghost"
            aria-pressed={isFollowing}
            icon={<ArrowDown size={13} />}
            onClick={() => setFollowing(!isFollowing)}
          >
            {isFollowing ? 'Following' : 'Follow'}
          </Button>
        )}
        <IconButton
          label="Wrap lines"
          aria-pressed={isWrapped}
          icon={<WrapText size={14} className={cx(isWrapped && 'text-accent')} />}
          onClick={() => setWrapped(!isWrapped)}
        />
        <IconButton label="Download" icon={<Download size={14} />} onClick={() => save(lines, fileName)} />
      </div>
      {lines.length === 0 ? (
        <EmptyState title={isEnded ? 'It wrote nothing' : 'It has not written anything yet'} />
      ) : (
        <div
          ref={scroller}
          onScroll={onScroll}
          tabIndex={0}
          role="log"
          aria-label="Log"
          className="min-h-0 grow overflow-auto bg-canvas py-1 font-mono text-[0.75rem] leading-[18px] outline-offset-[-2px]"
        >
          {dropped > 0 && (
            <p className="px-3 text-faint">
              {dropped.toLocaleString()} earlier lines are not held by the page; `tern get logs` has them.
            </p>
          )}
          <div className="relative" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map(({ index, start }) => (
              <Row
                key={index}
                index={index}
                start={start}
                line={lines[index] as LogLine}
                number={index + 1 + dropped}
                isMarked={marked === index + 1 + dropped}
                isHit={hits[hit] === index}
                text={text}
                isWrapped={isWrapped}
                measure={virtualizer.measureElement}
                onMark={mark}
              />
            ))}
          </div>
        </div>
      )}
    </>
  )
}

interface RowProps {
  readonly index: number
  readonly start: number
  readonly line: LogLine
  readonly number: number
  readonly isMarked: boolean
  readonly isHit: boolean
  readonly text: string
  readonly isWrapped: boolean
  readonly measure: (element: HTMLElement | null) => void
  readonly onMark: (line: number) => void
}

function Row({ index, start, line, number, isMarked, isHit, text, isWrapped, measure, onMark }: RowProps) {
  return (
    <div
      ref={measure}
      data-index={index}
      className={cx(
        'absolute left-0 flex min-w-full gap-3 pr-3',
        isMarked ? 'bg-selected' : isHit ? 'bg-warn-soft' : 'hover:bg-hover',
      )}
      style={{ transform: `translateY(${start}px)`, width: isWrapped ? '100%' : 'max-content' }}
    >
      <button
        type="button"
        tabIndex={-1}
        title={line.at === undefined ? 'Link to this line' : `${formatClock(line.at)}: link to this line`}
        aria-label={`Line ${number}`}
        onClick={() => {
          onMark(number)
          void copyText(lineUrl(number), `the link to line ${number}`)
        }}
        className="w-12 shrink-0 self-start text-right text-faint tabular-nums select-none hover:text-accent"
      >
        {number}
      </button>
      <span
        className={cx(
          'min-w-0',
          isWrapped ? 'break-all whitespace-pre-wrap' : 'whitespace-pre',
          line.isSystem && 'text-muted italic',
        )}
      >
        {parseAnsi(formatLogLine(line.text, { colors: true })).map(({ text: part, className }, place) => (
          <span key={place} className={className}>
            {text === '' ? part : highlight(part, text)}
          </span>
        ))}
      </span>
    </div>
  )
}

function lineUrl(number: number): string {
  const url = new URL(location.href)
  url.searchParams.set('line', String(number))
  return url.href
}

function highlight(part: string, text: string) {
  const at = part.toLowerCase().indexOf(text.toLowerCase())
  if (at < 0) return part
  return (
    <>
      {part.slice(0, at)}
      <mark className="rounded-xs bg-warn text-surface">{part.slice(at, at + text.length)}</mark>
      {part.slice(at + text.length)}
    </>
  )
}

/** @param count of the lines, which are an array that grows */
function findLines(lines: ReadonlyArray<LogLine>, count: number, text: string): ReadonlyArray<number> {
  if (text === '') return []
  const wanted = text.toLowerCase()
  const found: number[] = []
  for (let index = 0; index < count; index++)
    if (
      plainText(formatLogLine(lines[index]?.text ?? ''))
        .toLowerCase()
        .includes(wanted)
    )
      found.push(index)
  return found
}

function FindField({ hits, hit, onGo }: { hits: number; hit: number; onGo: (hit: number) => void }) {
  const { search, set } = useRunSearch()
  const {
    text,
    type,
    set: setText,
    flush,
  } = useTypedText(search.find ?? '', (find) => set({ find: find || undefined }))
  const onKeyDown = (event: KeyboardEvent) => {
    // What was just typed is looked for first.
    if (event.key === 'Enter' && !flush()) onGo(event.shiftKey ? hit - 1 : hit + 1)
    if (event.key === 'Escape') setText('')
  }
  return (
    <>
      <label className="flex h-7 min-w-0 items-center gap-1.5 rounded-md border border-line bg-surface px-2 focus-within:border-accent">
        <Search size={13} className="shrink-0 text-faint" aria-hidden />
        <input
          value={text}
          aria-label="Find in the log"
          placeholder="Find"
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={flush}
          className="w-24 min-w-0 bg-transparent text-xs outline-none sm:w-36"
        />
        {search.find && (
          <span className="text-2xs whitespace-nowrap text-faint tabular-nums" role="status">
            {hits === 0 ? 'none' : `${hit + 1} of ${hits.toLocaleString()}`}
          </span>
        )}
      </label>
      {search.find && (
        <>
          <IconButton label="Previous" icon={<ArrowUp size={13} />} onClick={() => onGo(hit - 1)} />
          <IconButton label="Next" icon={<ArrowDown size={13} />} onClick={() => onGo(hit + 1)} />
        </>
      )}
    </>
  )
}

function save(lines: ReadonlyArray<LogLine>, name: string): void {
  const url = URL.createObjectURL(
    new Blob(
      lines.map(({ text }) => `${text}\n`),
      { type: 'text/plain' },
    ),
  )
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
