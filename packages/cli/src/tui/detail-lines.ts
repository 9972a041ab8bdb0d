import { stripVTControlCharacters } from 'node:util'
import { formatLogLine } from '@tern/core/log-record'
import type { LocalActionState, LocalAttemptState } from '@tern/sdk'
import { stringify } from 'yaml'
import type { Tab } from './tree-state.ts'

/** What is shown of an action in a tab. */
export function detailLines(action: LocalActionState, tab: Tab): readonly string[] {
  switch (tab) {
    case 'inputs':
      return action.kind === 'condition' ? [action.prompt ?? ''] : valueLines(action.inputs)
    case 'outputs':
      return action.outputs === undefined ? ['(none yet)'] : valueLines(action.outputs)
    case 'logs':
      return action.attempts.flatMap((attempt) => logLines(attempt, action.attempts.length > 1))
    case 'error':
      return [...errorLines(action.error), ...action.attempts.slice(0, -1).flatMap(earlierError)]
  }
}

/** Lines as they fit, and nothing in them that a terminal would obey. */
export function cutLine(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text.replaceAll('\t', '    ')).replace(/\p{Cc}/gu, '')
  return plain.length <= columns ? plain : `${plain.slice(0, Math.max(0, columns - 1))}…`
}

function valueLines(values: Readonly<Record<string, unknown>>): readonly string[] {
  if (Object.keys(values).length === 0) return ['(none)']
  return stringify(values, { lineWidth: 0 }).trimEnd().split('\n')
}

function logLines({ attempt, logs, reportPath, links }: LocalAttemptState, isOneOfMany: boolean): readonly string[] {
  return [
    ...(isOneOfMany ? [`── attempt ${attempt}`] : []),
    ...logs.flatMap(({ text }) => formatLogLine(text).split('\n')),
    ...links.map(({ name, uri }) => `link ${name}: ${uri}`),
    ...(reportPath === undefined ? [] : [`report: ${reportPath}`]),
  ]
}

function errorLines(error: LocalActionState['error']): readonly string[] {
  if (error === undefined) return ['(none)']
  const { code, message, stack } = error
  return [`${code ?? 'Error'}: ${message}`, ...(stack === undefined ? [] : stack.split('\n').slice(1))]
}

function earlierError({ attempt, error }: LocalAttemptState): readonly string[] {
  return error === undefined ? [] : [`── attempt ${attempt}`, ...errorLines(error)]
}
