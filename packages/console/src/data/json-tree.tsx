import type { JsonValue } from '@bufbuild/protobuf'
import { ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { cx } from '../design/cx.ts'

/** Values of a list or object that are shown before somebody asks for more. */
const pageSize = 50
const longText = 400

/** JSON that folds. Nothing of it is markup, whatever it says. */
export function JsonTree({ json, depth = 0, name }: { json: JsonValue; depth?: number; name?: string | undefined }) {
  if (typeof json !== 'object' || json === null) return <Leaf json={json} name={name} />
  return <Branch json={json} depth={depth} name={name} />
}

function Branch({
  json,
  depth,
  name,
}: {
  json: Exclude<JsonValue, string | number | boolean | null>
  depth: number
  name: string | undefined
}) {
  const isList = Array.isArray(json)
  const entries: ReadonlyArray<readonly [string, JsonValue]> = isList
    ? json.map((item, index) => [String(index), item])
    : Object.entries(json)
  const [isOpen, setOpen] = useState(depth < 2 && entries.length <= 30)
  const [shown, setShown] = useState(pageSize)
  const size = isList ? `[${entries.length}]` : `{${entries.length}}`
  if (entries.length === 0)
    return (
      <Line name={name}>
        <span className="text-faint">{isList ? '[]' : '{}'}</span>
      </Line>
    )
  return (
    <div className="font-mono text-xs">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="-ml-4 flex min-h-6 max-w-full items-center gap-0.5 rounded pr-1 text-left hover:bg-hover"
      >
        <ChevronRight size={13} className={cx('shrink-0 text-faint', isOpen && 'rotate-90')} aria-hidden />
        {name !== undefined && <span className="text-muted">{name}: </span>}
        <span className="truncate text-faint">{isOpen ? size : preview(json)}</span>
      </button>
      {isOpen && (
        <div className="ml-1 border-l border-line pl-4">
          {entries.slice(0, shown).map(([key, item]) => (
            <JsonTree key={key} json={item} depth={depth + 1} name={key} />
          ))}
          {entries.length > shown && (
            <button type="button" onClick={() => setShown(shown * 4)} className="rounded text-accent hover:underline">
              {(entries.length - shown).toLocaleString()} more
            </button>
          )}
        </div>
      )}
    </div>
  )
}

function Leaf({ json, name }: { json: string | number | boolean | null; name: string | undefined }) {
  const [isWhole, setWhole] = useState(false)
  if (typeof json !== 'string') {
    return (
      <Line name={name}>
        <span className={json === null ? 'text-faint' : 'text-accent'}>{String(json)}</span>
      </Line>
    )
  }
  const isLong = json.length > longText && !isWhole
  return (
    <Line name={name}>
      <span className="break-words whitespace-pre-wrap text-good">
        {JSON.stringify(isLong ? json.slice(0, longText) : json)}
      </span>
      {isLong && (
        <button type="button" onClick={() => setWhole(true)} className="ml-1 rounded text-accent hover:underline">
          {(json.length - longText).toLocaleString()} more characters
        </button>
      )}
    </Line>
  )
}

function Line({ name, children }: { name: string | undefined; children: ReactNode }) {
  return (
    <div className="min-h-6 py-0.5 font-mono text-xs">
      {name !== undefined && <span className="text-muted">{name}: </span>}
      {children}
    </div>
  )
}

function preview(json: JsonValue): string {
  const text = JSON.stringify(json) ?? ''
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
