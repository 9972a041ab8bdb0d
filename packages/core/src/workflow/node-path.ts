/** The path of something inside of a node, or of a graph, whose path is empty. */
export function nestedPath(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`
}

/** Names one item of a map node. */
export function itemKey(path: string, index: number): string {
  return `${path}[${index}]`
}
