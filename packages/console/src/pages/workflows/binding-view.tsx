import type { Binding, Reference, Value } from '@tern/idl/graph'
import type { ReactNode } from 'react'
import { toValue } from '../../data/value.ts'
import { ValueView } from '../../data/values.tsx'
import type { FoundNode } from '../../flow/find-nodes.ts'
import { nested } from '../../flow/flow-layout.ts'

export interface BindingContext {
  readonly nodes: ReadonlyMap<string, FoundNode>
  /** What the references begin at, as of `FoundNode`. */
  readonly scope: string
  readonly onSelect: (path: string) => void
}

/** Inputs of a node or outputs of a workflow, each with where its value comes from. */
export function Bindings({
  bindings,
  none,
  ...context
}: BindingContext & { bindings: ReadonlyArray<Binding>; none: string }) {
  if (bindings.length === 0) return <p className="text-xs text-muted">{none}</p>
  return (
    <ul className="flex flex-col gap-2 text-xs">
      {bindings.map(({ name, value }) => (
        <li key={name} className="grid grid-cols-[minmax(5rem,max-content)_minmax(0,1fr)] gap-x-4">
          <span className="font-mono font-medium break-all">{name}</span>
          <div className="min-w-0">
            <BindingValue value={value} name={name} context={context} />
          </div>
        </li>
      ))}
    </ul>
  )
}

function BindingValue({ value, name, context }: { value: Value | undefined; name: string; context: BindingContext }) {
  const kind = value?.kind
  switch (kind?.case) {
    case 'literal':
      return <ValueView value={toValue(kind.value)} name={name} source={undefined} />
    case 'reference':
      return <ReferenceText reference={kind.value} context={context} />
    case 'union':
      return <BindingValue value={kind.value.value} name={name} context={context} />
    case 'list':
      return <Parts label="A list of" parts={kind.value.items.map((item, i) => [String(i), item])} context={context} />
    case 'map':
      return <Parts label="A map of" parts={partsOf(kind.value.entries)} context={context} />
    case 'record':
      return <Parts label="A record of" parts={partsOf(kind.value.fields)} context={context} />
    case 'error':
      return <span>the error for which it is called</span>
    default:
      return <span className="text-faint">nothing</span>
  }
}

type Part = readonly [key: string, value: Value | undefined]

function partsOf(bindings: ReadonlyArray<Binding>): ReadonlyArray<Part> {
  return bindings.map(({ name, value }) => [name, value])
}

function Parts({ label, parts, context }: { label: string; parts: ReadonlyArray<Part>; context: BindingContext }) {
  return (
    <>
      <span className="text-muted">{parts.length === 0 ? `${label} nothing` : label}</span>
      <ul className="mt-1 flex flex-col gap-1 border-l border-line pl-3">
        {parts.map(([key, value]) => (
          <li key={key} className="flex min-w-0 gap-2">
            <span className="font-mono text-muted">{key}</span>
            <div className="min-w-0">
              <BindingValue value={value} name={key} context={context} />
            </div>
          </li>
        ))}
      </ul>
    </>
  )
}

/** The only output of what has one. */
const only = 'o0'

/** `output of beans`, `total of sum, [0].price`: what a reference means, in words. */
function ReferenceText({
  reference: { node, output, path },
  context,
}: {
  reference: Reference
  context: BindingContext
}) {
  const steps = path.map(({ kind }) => (kind.case === 'key' ? `.${kind.value}` : `[${kind.value ?? ''}]`)).join('')
  const place = <span className="font-mono">{steps}</span>
  if (node === '') {
    return (
      <span>
        the input <b className="font-mono font-medium">{output}</b>
        {place}
        {context.scope !== '' && (
          <>
            {' of '}
            <NodeLink path={context.scope} context={context} />
          </>
        )}
      </span>
    )
  }
  return (
    <span>
      {output === only ? 'the output' : <b className="font-mono font-medium">{output}</b>}
      {place}
      {' of '}
      <NodeLink path={nested(context.scope, node)} context={context} />
    </span>
  )
}

/** The name of a node, which leads there. */
export function NodeLink({
  path,
  context: { nodes, onSelect },
  children,
}: {
  readonly path: string
  readonly context: BindingContext
  readonly children?: ReactNode
}) {
  const found = nodes.get(path)
  if (found === undefined) return <span className="font-mono">{path}</span>
  return (
    <button type="button" onClick={() => onSelect(path)} className="rounded-sm text-accent hover:underline">
      {children ?? found.title}
    </button>
  )
}
