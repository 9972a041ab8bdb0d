import { InvalidArgumentError } from '@tern/core'

/** Where in a request a value is. Put together only when an error needs it. */
export interface FormPath {
  readonly parent: FormPath | undefined
  readonly step: string | number
}

export function rootPath(field: string): FormPath {
  return { parent: undefined, step: field }
}

export function at(parent: FormPath, step: string | number): FormPath {
  return { parent, step }
}

/** `values.points[2].label` */
export function pathText({ parent, step }: FormPath): string {
  if (parent === undefined) return String(step)
  const before = pathText(parent)
  if (typeof step === 'number') return `${before}[${step}]`
  return /^[A-Za-z_$][\w$]*$/.test(step) ? `${before}.${step}` : `${before}[${JSON.stringify(step)}]`
}

export function invalidAt(path: FormPath, message: string, hint?: string): InvalidArgumentError {
  const field = pathText(path)
  return new InvalidArgumentError(`${field}: ${message}`, { field, hint })
}

const maxSteps = 1_000_000

/** Bounds how often values are tried against types in one request. */
export class Steps {
  #left = maxSteps

  take(): void {
    if (this.#left-- > 0) return
    throw new InvalidArgumentError('the value cannot be matched with its type: there are too many ways to read it', {
      hint: 'Simplify the type: fewer nested unions, and no alternatives that refer to themselves.',
    })
  }
}
