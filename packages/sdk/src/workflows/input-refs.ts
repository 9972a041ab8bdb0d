import type { TaskInterface } from '../types/task-interface.ts'
import type { GraphBuild } from './graph-scope.ts'
import { makeRef } from './references.ts'

/** References to the inputs of a graph, by name. */
export function inputRefs(build: GraphBuild, { inputs }: TaskInterface): Record<string, object> {
  const refs = inputs.map(({ name, codec }) => {
    const ref = { scope: build.root, node: undefined, output: name, path: [], type: codec.type }
    return [name, makeRef(ref)] as const
  })
  return Object.fromEntries(refs)
}
