import { FileCode2 } from 'lucide-react'
import { useEffect, useMemo, useRef } from 'react'
import { CopyButton } from '../design/copy.tsx'
import { cx } from '../design/cx.ts'
import { EmptyState } from '../design/states.tsx'
import { CodeLine } from './code-lines.tsx'
import { type CodePlace, findFile, findTask } from './find-task.ts'
import { highlight } from './highlight.ts'
import type { CodeSources, SourceFile } from './source-file.ts'

/** The files of a task's code, one at a time. Which one, and which line, is the page's to keep in its URL. */
export function CodeView({
  sources: { files, nothing },
  task,
  file,
  line,
  onShow,
}: {
  readonly sources: CodeSources
  /** The task's name without that of its environment: it is shown first. */
  readonly task: string
  readonly file: string | undefined
  readonly line: number | undefined
  readonly onShow: (place: Partial<CodePlace>) => void
}) {
  const declared = useMemo(() => findTask(files, task), [files, task])
  const named = file === undefined ? undefined : findFile(files, file)
  const shown = named ?? files.find(({ path }) => path === declared?.path) ?? files[0]
  if (shown === undefined) {
    return (
      <EmptyState title="There is no code to show" icon={FileCode2}>
        {nothing}
      </EmptyState>
    )
  }
  const isDeclared = file === undefined && line === undefined
  const marked = isDeclared ? declared?.line : line
  return (
    <div className="flex min-h-0 grow flex-col">
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-1.5">
        {files.length === 1 ? (
          <span className="min-w-0 grow truncate font-mono text-xs">{shown.path}</span>
        ) : (
          <select
            aria-label="File"
            value={shown.path}
            onChange={(event) => onShow({ path: event.target.value })}
            className="h-7 min-w-0 grow rounded-md border border-line-strong bg-surface px-2 font-mono text-xs md:max-w-md"
          >
            {files.map(({ path }) => (
              <option key={path}>{path}</option>
            ))}
          </select>
        )}
        <CopyButton text={shown.text} what="the file" />
      </div>
      {file !== undefined && named === undefined && (
        <p role="alert" className="border-b border-line bg-warn-soft px-4 py-1.5 text-xs text-warn">
          {file} is not of this code; it may be of a package.
        </p>
      )}
      <Lines file={shown} marked={marked} onMark={(number) => onShow({ path: shown.path, line: number })} />
    </div>
  )
}

function Lines({
  file: { path, text },
  marked,
  onMark,
}: {
  readonly file: SourceFile
  readonly marked: number | undefined
  readonly onMark: (line: number) => void
}) {
  const lines = useMemo(() => highlight(path, text), [path, text])
  const box = useRef<HTMLDivElement>(null)
  // What somebody clicked on is in sight already.
  const clicked = useRef<number | undefined>(undefined)
  useEffect(() => {
    if (marked === undefined || marked === clicked.current) return
    box.current?.querySelector(`[data-line="${marked}"]`)?.scrollIntoView({ block: 'center' })
  }, [marked, path])
  return (
    <div
      ref={box}
      role="region"
      aria-label={`Code of ${path}`}
      tabIndex={0}
      className="min-h-0 grow overflow-auto bg-surface py-2 font-mono text-xs leading-5 outline-offset-[-2px]"
    >
      <ol className="w-max min-w-full">
        {lines.map((tokens, index) => (
          <li
            key={index}
            data-line={index + 1}
            aria-current={marked === index + 1 ? 'location' : undefined}
            className={cx('flex', marked === index + 1 && 'bg-warn-soft')}
          >
            <button
              type="button"
              tabIndex={-1}
              aria-label={`Line ${index + 1}`}
              onClick={() => {
                clicked.current = index + 1
                onMark(index + 1)
              }}
              className="sticky left-0 w-13 shrink-0 bg-inherit pr-3 text-right text-faint select-none hover:text-text"
            >
              {index + 1}
            </button>
            <span className="pr-4 whitespace-pre">{tokens.length === 0 ? ' ' : <CodeLine tokens={tokens} />}</span>
          </li>
        ))}
      </ol>
    </div>
  )
}
