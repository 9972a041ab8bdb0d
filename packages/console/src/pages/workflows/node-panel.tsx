import { type Case, ItemFailures, type MapNode, type Node, type SourcePosition } from '@tern/idl/graph'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { CopyableName } from '../../design/copy.tsx'
import { IconButton } from '../../design/button.tsx'
import { Facts, Section } from '../../design/facts.tsx'
import { useKeys } from '../../design/keys.ts'
import { conditionText, type NameOf } from '../../flow/condition-text.ts'
import type { FoundNode } from '../../flow/find-nodes.ts'
import { nested } from '../../flow/flow-layout.ts'
import { overrideTexts } from '../../flow/override-text.ts'
import { Prompt } from '../../data/prompt.tsx'
import { durationMsOf, formatMs } from '../../model/times.ts'
import { Bindings, type BindingContext, NodeLink } from './binding-view.tsx'
import { CalledLink } from './called-link.tsx'
import { NodeIcon, nodeKindText } from './node-icon.tsx'

/** All about one node of a workflow: what it calls, with what, when, and how. */
export function NodePanel({
  found,
  nodes,
  onSelect,
  onClose,
}: {
  readonly found: FoundNode
  readonly nodes: ReadonlyMap<string, FoundNode>
  readonly onSelect: (path: string) => void
  readonly onClose: () => void
}) {
  useKeys({ Escape: onClose })
  const { node, entity, path, title, scope } = found
  const context = { nodes, scope, onSelect }
  const overrides = overrideTexts(overridesOf(node))
  return (
    <>
      <header className="flex shrink-0 items-center gap-2 border-b border-line px-4 py-2.5">
        <NodeIcon node={node} entity={entity} />
        <h2 className="min-w-0 truncate text-base font-semibold">{title}</h2>
        <span className="text-xs text-muted">{nodeKindText(node, entity)}</span>
        <span className="grow" />
        <IconButton label="Close" icon={<X size={16} />} onClick={onClose} />
      </header>
      <div className="min-h-0 grow overflow-auto">
        <Section title="About">
          <Facts
            facts={[
              entity !== undefined && { label: 'Calls', value: <CalledLink entity={entity} /> },
              ...kindFacts(node),
              node.source !== undefined &&
                node.source.file !== '' && { label: 'Source', value: <SourceText source={node.source} /> },
              { label: 'Path', value: <span className="font-mono">{path}</span> },
            ]}
          />
        </Section>
        {node.kind.case === 'branch' && (
          <Section title="Cases">
            <Cases
              cases={node.kind.value.cases}
              otherwise={node.kind.value.otherwise}
              nameOf={(each) => nodes.get(nested(scope, each))?.title ?? each}
            />
          </Section>
        )}
        {promptOf(node)}
        {node.kind.case !== 'branch' && (
          <Section title="Inputs">
            <Bindings bindings={node.inputs} none="It takes nothing." {...context} />
          </Section>
        )}
        {overrides.length > 0 && (
          <Section title="Otherwise than its task">
            <Facts facts={overrides} />
          </Section>
        )}
        <Section title="Order">
          <Facts
            facts={[
              { label: 'After', value: <NodeLinks paths={found.before} context={context} none="It starts at once." /> },
              {
                label: 'Before',
                value: <NodeLinks paths={found.after} context={context} none="Nothing waits for it." />,
              },
            ]}
          />
        </Section>
      </div>
    </>
  )
}

function overridesOf({ kind }: Node) {
  return kind.case === 'call' || kind.case === 'map' || kind.case === 'dynamic' ? kind.value.overrides : undefined
}

function kindFacts({ kind }: Node): ReadonlyArray<{ readonly label: string; readonly value: ReactNode }> {
  switch (kind.case) {
    case 'map':
      return mapFacts(kind.value)
    case 'approval':
    case 'signal': {
      const timeoutMs = durationMsOf(kind.value.condition?.timeout)
      return timeoutMs ? [{ label: 'Waits at most', value: formatMs(timeoutMs) }] : []
    }
    case 'dynamic':
      return [{ label: 'Makes', value: 'a graph of its own, when it runs' }]
    default:
      return []
  }
}

function mapFacts({ over, concurrency, minSuccess, runAll, itemFailures }: MapNode) {
  const wanted =
    minSuccess.case === 'minSuccesses'
      ? minSuccess.value === 0
        ? 'none of them'
        : `${minSuccess.value} of them`
      : minSuccess.case === 'minSuccessRatio'
        ? `${Math.round(minSuccess.value * 100)} % of them`
        : 'all of them'
  return [
    { label: 'For each of', value: <span className="font-mono">{over.join(', ')}</span> },
    { label: 'At once', value: concurrency === 0 ? 'as many as there is room for' : String(concurrency) },
    { label: 'Have to succeed', value: wanted },
    ...(minSuccess.case === undefined
      ? []
      : [
          {
            label: 'Failed ones',
            value:
              itemFailures === ItemFailures.RESULT
                ? 'stand in the results, with their errors'
                : 'are none in the results',
          },
        ]),
    { label: 'When too many fail', value: runAll ? 'the others run all the same' : 'the others are aborted' },
  ]
}

function SourceText({ source: { file, line, column } }: { source: SourcePosition }) {
  const text = `${file}:${line}:${column}`
  return <CopyableName text={text} what="the source position" />
}

function Cases({
  cases,
  otherwise,
  nameOf,
}: {
  readonly cases: ReadonlyArray<Case>
  readonly otherwise: Case['block']
  readonly nameOf: NameOf
}) {
  const lines = [
    ...cases.map(({ condition, block }, index) => ({
      word: index === 0 ? 'if' : 'else if',
      text: conditionText(condition, nameOf),
      block,
    })),
    ...(otherwise === undefined ? [] : [{ word: 'else', text: '', block: otherwise }]),
  ]
  return (
    <ol className="flex flex-col gap-1.5 text-xs">
      {lines.map(({ word, text, block }) => (
        <li key={word + text} className="min-w-0">
          <span className="text-muted">{word}</span> <code className="font-mono break-words">{text}</code>
          <span className="block text-muted">
            {block?.fail === undefined ? countText(block?.nodes.length ?? 0) : `fails: ${block.fail.message}`}
          </span>
        </li>
      ))}
    </ol>
  )
}

function countText(count: number): string {
  return count === 0 ? 'nothing to do' : count === 1 ? '1 node' : `${count} nodes`
}

function promptOf({ kind }: Node): ReactNode {
  const condition = kind.case === 'approval' || kind.case === 'signal' ? kind.value.condition : undefined
  if (condition === undefined || condition.prompt === '') return null
  return (
    <Section title="Asks">
      <Prompt condition={condition} />
    </Section>
  )
}

function NodeLinks({ paths, context, none }: { paths: ReadonlyArray<string>; context: BindingContext; none: string }) {
  if (paths.length === 0) return <span className="text-muted">{none}</span>
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-1">
      {paths.map((path) => (
        <li key={path}>
          <NodeLink path={path} context={context} />
        </li>
      ))}
    </ul>
  )
}
