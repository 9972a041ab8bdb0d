/** Which Python runs the tasks of an image, as the machine's owner decided. */
export interface ImageMapping {
  /** The image's reference, in which `*` stands for any characters. */
  readonly image: string
  /** A virtual environment, an interpreter, or the name of a command on the PATH. */
  readonly python: string
}

/** The first that an image fits. */
export function mappingOf(image: string, mappings: ReadonlyArray<ImageMapping>): ImageMapping | undefined {
  return mappings.find((mapping) => fits(image, mapping.image))
}

function fits(image: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return image === pattern
  const last = rest.pop() ?? ''
  if (!image.startsWith(first)) return false
  let from = first.length
  for (const part of rest) {
    const at = image.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return image.length - last.length >= from && image.endsWith(last)
}
