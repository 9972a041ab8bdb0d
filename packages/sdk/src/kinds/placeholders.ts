import { InvalidArgumentError } from '@tern/core'
import type { KindTask } from './task-kind.ts'

/** Where a template asks for an input: `{{.inputs.name}}`, as in Flyte's commands, with spaces or without. */
const inputPlaceholder = /\{\{\s*[.$]inputs\.(\w+)\s*\}\}/gi
const secretPlaceholder = /\{\{\s*[.$]secrets\.([\w-]+)\s*\}\}/gi

export function hasPlaceholders(text: string): boolean {
  return inputNamesIn(text).length > 0
}

/** The inputs that a template asks for. */
export function inputNamesIn(text: string): string[] {
  return [...text.matchAll(inputPlaceholder)].map(([, name = '']) => name)
}

/** The secrets that a template asks for. */
export function secretNamesIn(text: string): string[] {
  return [...text.matchAll(secretPlaceholder)].map(([, name = '']) => name)
}

/** The one input that a template is nothing but, if it is. */
export function onlyInputOf(text: string): string | undefined {
  const [found] = text.matchAll(inputPlaceholder)
  return found?.[0] === text.trim() ? found[1] : undefined
}

/** The template with its placeholders replaced, all in one go: what is put in is not looked at again. */
export function fillIn(
  text: string,
  values: { readonly input: (name: string) => string; readonly secret?: (name: string) => string },
): string {
  const { input, secret } = values
  return text.replace(/\{\{\s*[.$](inputs|secrets)\.([\w-]+)\s*\}\}/gi, (placeholder, kind: string, name: string) => {
    if (kind.toLowerCase() === 'inputs') return input(name)
    return secret === undefined ? placeholder : secret(name)
  })
}

/** @throws InvalidArgumentError when the template asks for an input that the task does not have */
export function checkInputNames(task: KindTask, field: string, text: string): void {
  const known = task.interface.inputs.map(({ name }) => name)
  for (const name of inputNamesIn(text)) {
    if (known.includes(name)) continue
    const hint = known.length === 0 ? 'It has no inputs.' : `Its inputs are ${known.join(', ')}.`
    throw new InvalidArgumentError(`task ${task.name}: ${field} asks for {{.inputs.${name}}}, which is no input`, {
      field,
      hint,
    })
  }
}
