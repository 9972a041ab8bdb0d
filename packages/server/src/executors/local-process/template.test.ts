import { expect, test } from 'vitest'
import { renderTemplate } from './template.ts'

const values = {
  input: '/run/a0/inputs.pb',
  outputPrefix: '/run/a0/1',
  rawOutputDataPrefix: '/raw/r-a0-1',
  checkpointOutputPrefix: '/run/a0/1/_flytecheckpoints',
  prevCheckpointPrefix: '',
  runName: 'r',
  actionName: 'a0',
  runStartTime: '2026-01-01T00:00:00Z',
}

test.each([
  ['{{.input}}', '/run/a0/inputs.pb'],
  ['{{ .Input }}', '/run/a0/inputs.pb'],
  ['{{$outputPrefix}}/x', '/run/a0/1/x'],
  ['{{.prevCheckpointPrefix}}', ''],
  ['{{.runName}}-{{.actionName}}', 'r-a0'],
  ['{{.somethingElse}} {{', '{{.somethingElse}} {{'],
])('%s is rendered', (text, rendered) => {
  expect(renderTemplate(text, values)).toBe(rendered)
})
