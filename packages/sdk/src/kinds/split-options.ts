/** The configuration of a kind among the options of a task, and the options that tasks of all kinds take. */
export function splitOptions<T extends object, K extends keyof T>(
  options: T,
  keys: readonly K[],
): [config: Pick<T, K>, common: Omit<T, K>] {
  const isConfig = (key: string) => (keys as readonly PropertyKey[]).includes(key)
  const entries = Object.entries(options)
  return [
    Object.fromEntries(entries.filter(([key]) => isConfig(key))) as Pick<T, K>,
    Object.fromEntries(entries.filter(([key]) => !isConfig(key))) as Omit<T, K>,
  ]
}
