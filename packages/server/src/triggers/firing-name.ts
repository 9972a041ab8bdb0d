import type { TriggerKey } from '../store/triggers-repository.ts'

const offset = 0xcbf29ce484222325n
const prime = 0x100000001b3n
const mask = (1n << 64n) - 1n

/**
 * The name of the run that a trigger starts for an instant: always the same one, so that an instant never has two runs,
 * whoever fires it and however often. It is the name that the public backend gives.
 */
export function firingName({ project, domain, taskName, name }: TriggerKey, at: number): string {
  const time = new Date(at)
  const parts = [
    project,
    domain,
    taskName,
    name,
    time.getUTCFullYear(),
    time.getUTCMonth() + 1,
    time.getUTCDate(),
    time.getUTCHours(),
    time.getUTCMinutes(),
    time.getUTCSeconds(),
  ]
  return `r${fnv64(Buffer.from(parts.join(':'))).toString(16)}`
}

/** FNV-1, 64 bits. */
function fnv64(bytes: Uint8Array): bigint {
  let hash = offset
  for (const byte of bytes) hash = ((hash * prime) & mask) ^ BigInt(byte)
  return hash
}
