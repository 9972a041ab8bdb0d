/**
 * Ends a switch over a closed set: the compiler refuses it when a case is missing, and at run time it names the
 * value that arrived (for example a number from a newer peer).
 */
export function assertNever(value: never, what = 'value'): never {
  throw new TypeError(`unexpected ${what}: ${String(value)}`)
}
