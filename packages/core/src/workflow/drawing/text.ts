import type { Outline, OutlineNode } from './outline.ts'

/** A workflow as an indented list: a line for each node, with what it takes, and after what it comes. */
export function drawText(outline: Outline): string {
  const lines = outline.nodes.flatMap((node) => linesOf(node, 0))
  if (outline.onFailure !== undefined) lines.push('', 'when it fails', ...linesOf(outline.onFailure, 1))
  if (outline.outputs.length > 0) lines.push('', ...outline.outputs.map((output) => `output ${output}`))
  return lines.map((line) => `${line}\n`).join('')
}

function linesOf(node: OutlineNode, depth: number): string[] {
  const indent = '  '.repeat(depth)
  const kind = node.kind === 'task' ? '' : `${node.kind} `
  const detail = node.detail === '' ? '' : ` (${node.detail})`
  const inputs = node.inputs.length === 0 ? '' : `: ${node.inputs.join(', ')}`
  const order = node.after.flatMap(({ path, isData }) => (isData ? [] : [path]))
  const after = order.length === 0 ? '' : `, after ${order.join(' and ')}`
  const own = `${indent}${node.path.slice(node.path.lastIndexOf('/') + 1)}  ${kind}${node.title}${detail}${inputs}${after}`
  const inner = node.blocks.flatMap(({ condition, nodes, failure }) => {
    const isBlock = condition !== ''
    const nested = nodes.flatMap((each) => linesOf(each, depth + (isBlock ? 2 : 1)))
    const failing = failure === '' ? [] : [`${indent}    fails: ${failure}`]
    return isBlock
      ? [`${indent}  ${condition === 'otherwise' ? condition : `if ${condition}`}`, ...nested, ...failing]
      : nested
  })
  return [own, ...inner]
}
