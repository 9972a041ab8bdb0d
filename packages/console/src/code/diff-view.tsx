import { useMemo } from 'react'
import { cx } from '../design/cx.ts'
import { type DiffLine, diffLines, type Hunk, hunksOf } from './diff.ts'
import type { SourceFile } from './source-file.ts'

/** What has changed between two texts of a file; one that is not there has no path. */
interface FileChange {
  readonly path: string
  readonly note: string
  readonly hunks: ReadonlyArray<Hunk>
  readonly added: number
  readonly removed: number
}

/** The lines that differ between two states of some files, with what is around them. */
export function DiffView({
  before,
  after,
}: {
  readonly before: ReadonlyArray<SourceFile>
  readonly after: ReadonlyArray<SourceFile>
}) {
  const changes = useMemo(() => changesOf(before, after), [before, after])
  if (changes.length === 0) return <p className="text-xs text-muted">The code is the same.</p>
  return (
    <div className="flex flex-col gap-4">
      {changes.map((change) => (
        <FileDiff key={change.path} change={change} />
      ))}
    </div>
  )
}

function changesOf(before: ReadonlyArray<SourceFile>, after: ReadonlyArray<SourceFile>): ReadonlyArray<FileChange> {
  const olds = new Map(before.map(({ path, text }) => [path, text]))
  const news = new Map(after.map(({ path, text }) => [path, text]))
  return [...new Set([...olds.keys(), ...news.keys()])].toSorted().flatMap((path) => {
    const [old, now] = [olds.get(path), news.get(path)]
    if (old === now) return []
    const lines = diffLines(linesOf(old), linesOf(now))
    return {
      path,
      note: old === undefined ? 'new' : now === undefined ? 'gone' : '',
      hunks: hunksOf(lines),
      added: lines.filter(({ kind }) => kind === 'added').length,
      removed: lines.filter(({ kind }) => kind === 'removed').length,
    }
  })
}

function linesOf(text: string | undefined): ReadonlyArray<string> {
  return text === undefined ? [] : text.replaceAll('\r\n', '\n').split('\n')
}

function FileDiff({ change: { path, note, hunks, added, removed } }: { change: FileChange }) {
  return (
    <section aria-label={`Changes of ${path}`} className="overflow-hidden rounded-lg border border-line bg-surface">
      <h4 className="flex items-center gap-3 border-b border-line bg-sunken px-3 py-1.5 text-xs">
        <span className="min-w-0 truncate font-mono">{path}</span>
        {note !== '' && <span className="text-muted">{note}</span>}
        <span className="ml-auto shrink-0 tabular-nums">
          <span className="text-good">+{added}</span> <span className="text-bad">−{removed}</span>
        </span>
      </h4>
      <div className="overflow-x-auto py-1 font-mono text-xs leading-5" tabIndex={0} role="region" aria-label={path}>
        <div className="w-max min-w-full">
          {hunks.map(({ lines, skipped }, index) => (
            <div key={index}>
              {(index > 0 || skipped > 0) && (
                <p className="my-1 bg-sunken px-3 font-sans text-2xs text-muted">
                  {skipped === 1 ? '1 line' : `${skipped} lines`} as before
                </p>
              )}
              {lines.map((line, at) => (
                <Line key={at} line={line} />
              ))}
            </div>
          ))}
        </div>
      </div>
    </section>
  )
}

const signs = { same: ' ', added: '+', removed: '−' } as const

function Line({ line: { kind, text, before, after } }: { line: DiffLine }) {
  const numberClass = 'w-9 shrink-0 pr-1.5 text-right text-muted select-none'
  return (
    <div className={cx('flex whitespace-pre', kind === 'added' && 'bg-good-soft', kind === 'removed' && 'bg-bad-soft')}>
      <span className={numberClass}>{before}</span>
      <span className={numberClass}>{after}</span>
      <span
        className={cx(
          'w-5 shrink-0 text-center select-none',
          kind === 'added' && 'text-good',
          kind === 'removed' && 'text-bad',
        )}
      >
        {signs[kind]}
      </span>
      <span className="pr-4">{text === '' ? ' ' : text}</span>
    </div>
  )
}
