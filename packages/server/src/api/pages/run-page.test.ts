import { ActionPhase } from '@tern/idl/common'
import { expect, test } from 'vitest'
import { html } from './html.ts'
import { renderRunPage, type RunPage } from './run-page.ts'

function aPage(overrides: Partial<RunPage> = {}): string {
  return renderRunPage({
    project: 'flytesnacks',
    domain: 'development',
    name: 'r1',
    task: 'env.main',
    phase: ActionPhase.SUCCEEDED,
    isFinal: true,
    startedAt: new Date(0),
    durationMs: 1500,
    error: undefined,
    inputs: '{}',
    outputs: '',
    actions: [],
    totalActions: 1,
    ...overrides,
  }).text
}

test('what is put into HTML is escaped, HTML in it is not', () => {
  expect(html`<p>${'<script>&"'}${html`<b>${1}</b>`}${[html`<i></i>`, html`<u></u>`]}</p>`.text).toBe(
    '<p>&#60;script&#62;&#38;&#34;<b>1</b><i></i><u></u></p>',
  )
})

test('nothing that a task returned becomes markup', () => {
  const evil = '<img src=x onerror=alert(1)>'
  const page = aPage({ outputs: evil, inputs: evil, error: { message: evil, detail: evil }, task: evil, name: evil })
  expect(page).not.toContain('<img')
})

test('the page of a run that goes on loads itself again, that of an ended one does not', () => {
  expect(aPage({ phase: ActionPhase.RUNNING, isFinal: false })).toContain('http-equiv="refresh"')
  expect(aPage()).not.toContain('http-equiv="refresh"')
})

test('a run with more actions than are shown says how to see the rest', () => {
  expect(aPage({ totalActions: 4001 })).toMatch(/and 4001 more: <code>tern get action r1/)
})
