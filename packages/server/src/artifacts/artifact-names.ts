import { InvalidArgumentError } from '@tern/core'

const maxLength = 255
const maxMetadataKeys = 100
const maxMetadataKey = 255
const maxMetadataValue = 4096

/** Throws InvalidArgumentError for a name that is empty, too long, or would not stand in a path as it is. */
export function checkArtifactName(name: string, field: string): void {
  check(name, field)
  if (/[/@]/.test(name)) {
    throw new InvalidArgumentError(`${field}: ${JSON.stringify(name)} must not contain "/" or "@"`, { field })
  }
}

/** Throws InvalidArgumentError for a version that is empty, too long, or would not stand in a path as it is. */
export function checkArtifactVersion(version: string, field: string): void {
  check(version, field)
  if (version.includes('/')) {
    throw new InvalidArgumentError(`${field}: ${JSON.stringify(version)} must not contain "/"`, { field })
  }
}

/** Throws InvalidArgumentError for metadata that is too much to be listed and searched. */
export function checkMetadata(metadata: Readonly<Record<string, string>>, field: string): void {
  const entries = Object.entries(metadata)
  if (entries.length > maxMetadataKeys) {
    throw new InvalidArgumentError(`${field}: ${entries.length} keys are too many, at most ${maxMetadataKeys}`, {
      field,
    })
  }
  for (const [key, value] of entries) {
    const at = `${field}[${JSON.stringify(key.slice(0, maxMetadataKey))}]`
    if (key === '' || key.length > maxMetadataKey || value.length > maxMetadataValue || /\0/.test(key + value)) {
      throw new InvalidArgumentError(
        `${at}: a key must have 1 to ${maxMetadataKey} characters, and its value at most ${maxMetadataValue}, none of them NUL`,
        { field: at },
      )
    }
  }
}

function check(text: string, field: string): void {
  if (text === '') throw new InvalidArgumentError(`${field}: value is required`, { field })
  if (text.length > maxLength) {
    throw new InvalidArgumentError(`${field}: ${text.length} characters are too many, at most ${maxLength}`, { field })
  }
  if (/\p{Cc}/u.test(text) || text.trim() !== text) {
    throw new InvalidArgumentError(
      `${field}: ${JSON.stringify(text)} must not contain control characters, nor begin or end with a space`,
      { field },
    )
  }
}
