import type { MessageInitShape } from '@bufbuild/protobuf'
import type { ReferenceSchema } from '@tern/idl/graph'

/** Reads `n0.x`, `inputs.rows[1].name`, `n2/then0/n0.x`. */
export function referenceOf(text: string): MessageInitShape<typeof ReferenceSchema> {
  const dot = text.indexOf('.')
  const [output = '', ...path] = text.slice(dot + 1).match(/[^.[\]]+/g) ?? []
  const node = text.slice(0, dot)
  return {
    node: node === 'inputs' ? '' : node,
    output,
    path: path.map((step) =>
      /^\d+$/.test(step)
        ? { kind: { case: 'index' as const, value: Number(step) } }
        : { kind: { case: 'key' as const, value: step } },
    ),
  }
}
