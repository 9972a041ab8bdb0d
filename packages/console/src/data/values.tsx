import type { NamedLiteral } from '@tern/idl/task'
import type { VariableMap } from '@tern/idl/core'
import { CopyButton } from '../design/copy.tsx'
import { formatAbsolute } from '../model/times.ts'
import { DataTable } from './data-table.tsx'
import { type DataSource, StoredData } from './stored-data.tsx'
import { formatBytes } from './format-bytes.ts'
import { JsonTree } from './json-tree.tsx'
import { toTable } from './records.ts'
import { typeName } from './type-name.ts'
import { toJson, toValue, type Value } from './value.ts'

const longText = 120
const shortText = 40

function isShort(value: Value): boolean {
  if (value.kind === 'text') return value.text.length <= shortText && !value.text.includes('\n')
  return ['number', 'boolean', 'none', 'time', 'duration'].includes(value.kind)
}

/** Inputs or outputs, each in the way that suits it. */
export function Values({
  literals,
  variables,
  source,
  none,
}: {
  readonly literals: ReadonlyArray<Pick<NamedLiteral, 'name' | 'value'>>
  readonly variables: VariableMap | undefined
  /** Whose they are: what lies in storage is read by that name. Without one, it is named only. */
  readonly source: DataSource | undefined
  readonly none: string
}) {
  if (literals.length === 0) return <p className="text-xs text-muted">{none}</p>
  return (
    <ul className="flex flex-col gap-2.5">
      {literals.map(({ name, value: literal }) => {
        const variable = variables?.variables.find(({ key }) => key === name)?.value
        const value = toValue(literal)
        const json = toJson(value)
        if (isShort(value)) {
          return (
            <li key={name} className="flex min-w-0 items-baseline gap-3 text-xs">
              <span className="font-mono font-medium" title={variable?.description || undefined}>
                {name}
              </span>
              <ValueView value={value} name={name} source={source} />
              <span className="ml-auto text-2xs text-faint">{typeName(variable?.type)}</span>
            </li>
          )
        }
        return (
          <li key={name} className="min-w-0">
            <div className="group mb-0.5 flex items-center gap-2 text-xs">
              <span className="font-mono font-medium">{name}</span>
              <span className="truncate text-2xs text-faint" title={variable?.description || undefined}>
                {typeName(variable?.type)}
              </span>
              {json !== undefined && (
                <span className="ml-auto">
                  <CopyButton text={typeof json === 'string' ? json : JSON.stringify(json, null, 2)} what={name} />
                </span>
              )}
            </div>
            <ValueView value={value} name={name} source={source} />
            {literal?.metadata['preview'] && <TextValue text={literal.metadata['preview']} />}
          </li>
        )
      })}
    </ul>
  )
}

/** A value in the way that suits it. */
export function ValueView({ value, name, source }: { value: Value; name: string; source: DataSource | undefined }) {
  switch (value.kind) {
    case 'text':
      return <TextValue text={value.text} />
    case 'number':
      return <span className="font-mono text-xs text-accent">{value.text}</span>
    case 'boolean':
      return <span className="font-mono text-xs text-accent">{String(value.value)}</span>
    case 'none':
      return <span className="text-xs text-faint">none</span>
    case 'time':
      return (
        <time dateTime={value.text} title={value.text} className="text-xs">
          {formatAbsolute(value.ms)}
        </time>
      )
    case 'duration':
      return <span className="text-xs">{value.text}</span>
    case 'bytes':
      return <span className="text-xs text-muted">{formatBytes(value.size)} of bytes</span>
    case 'error':
      return <span className="text-xs text-bad">{value.message}</span>
    case 'offloaded':
      return (
        <span className="text-xs text-muted">
          {formatBytes(value.size)} in storage, at <code className="break-all">{value.uri}</code>
        </span>
      )
    case 'json': {
      const table = toTable(value.json)
      return table === undefined ? (
        <div className="pl-4">
          <JsonTree json={value.json} />
        </div>
      ) : (
        <DataTable data={table} label={name} />
      )
    }
    case 'file':
    case 'folder':
    case 'table':
      return <StoredData value={value} name={name} source={source} />
    case 'list':
      return <Parts parts={value.items.map((item, index) => [String(index), item] as const)} source={source} />
    case 'map':
      return <Parts parts={value.entries} source={source} />
  }
}

const shownParts = 50

function Parts({ parts, source }: { parts: ReadonlyArray<readonly [string, Value]>; source: DataSource | undefined }) {
  return (
    <ul className="flex flex-col gap-1.5 border-l border-line pl-3">
      {parts.slice(0, shownParts).map(([key, value]) => (
        <li key={key} className="min-w-0">
          <div className="font-mono text-2xs text-muted">{key}</div>
          <ValueView value={value} name={key} source={source} />
        </li>
      ))}
      {parts.length > shownParts && (
        <li className="text-xs text-muted">and {(parts.length - shownParts).toLocaleString()} more</li>
      )}
    </ul>
  )
}

function TextValue({ text }: { text: string }) {
  if (text === '') return <span className="text-xs text-faint">empty text</span>
  if (text.length < longText && !text.includes('\n')) return <bdi className="min-w-0 text-xs wrap-anywhere">{text}</bdi>
  return (
    <pre
      dir="auto"
      className="max-h-72 overflow-auto rounded-md bg-sunken p-2.5 font-mono text-xs break-words whitespace-pre-wrap"
      tabIndex={0}
    >
      {text}
    </pre>
  )
}
