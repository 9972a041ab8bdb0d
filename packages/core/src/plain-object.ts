/** Whether a value is an object that holds data by name: a literal, or a class instance that is no other kind of value. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return !(value instanceof Date || value instanceof Uint8Array || value instanceof Map || value instanceof Set)
}

/** Sets a property, also one called `__proto__`, which an assignment would not make. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}
