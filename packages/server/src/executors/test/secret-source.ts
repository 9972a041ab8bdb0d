import type { SecretSource } from '../task-secrets.ts'

/** Secrets that every project has. */
export function aSecretSource(secrets: Readonly<Record<string, string | Uint8Array>>): SecretSource {
  const bytes = (value: string | Uint8Array) => (typeof value === 'string' ? new TextEncoder().encode(value) : value)
  return {
    async values(_scope, names) {
      const found = Object.entries(secrets).filter(([name]) => names.includes(name))
      return new Map(found.map(([name, value]) => [name, bytes(value)]))
    },
  }
}
