import { formatDuration, phaseName } from '@tern/core'
import type { ActionPhase } from '@tern/idl/common'
import { type Html, html } from './html.ts'

/** What the page of a run shows. */
export interface RunPage {
  readonly project: string
  readonly domain: string
  readonly name: string
  readonly task: string
  readonly phase: ActionPhase
  readonly isFinal: boolean
  readonly startedAt: Date
  readonly durationMs: number
  /** Why it did not succeed. */
  readonly error: { readonly message: string; readonly detail: string } | undefined
  /** As JSON, indented. */
  readonly inputs: string
  readonly outputs: string
  readonly actions: ReadonlyArray<ActionLine>
  readonly totalActions: number
}

export interface ActionLine {
  readonly name: string
  readonly task: string
  readonly parent: string
  readonly phase: ActionPhase
  readonly attempts: number
  readonly durationMs: number
}

// The page has no script and loads nothing, so that is what it is allowed.
export const contentSecurityPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** A run at a glance. While it goes on the page loads itself again. */
export function renderRunPage(run: RunPage): Html {
  const rest = run.totalActions - run.actions.length
  return page(
    `${run.name} · ${phaseName(run.phase)}`,
    html`<header>
        <p class="path">${run.project} / ${run.domain}</p>
        <h1>${run.name} ${badge(run.phase)}</h1>
        <p>
          <b>${run.task}</b> · started <time datetime="${run.startedAt.toISOString()}">${toUtc(run.startedAt)}</time> ·
          ${run.isFinal ? 'took' : 'running for'} ${formatDuration(run.durationMs)} ·
          ${run.totalActions} ${run.totalActions === 1 ? 'action' : 'actions'}
        </p>
      </header>
      ${run.error === undefined ? html`` : html`<section class="error"><h2>${run.error.message}</h2>${code(run.error.detail)}</section>`}
      <section class="data">
        <div><h2>Inputs</h2>${code(run.inputs)}</div>
        <div><h2>Outputs</h2>${code(run.outputs)}</div>
      </section>
      <section>
        <h2>Actions</h2>
        <table>
          <thead><tr><th>Action</th><th>Task</th><th>Parent</th><th>Phase</th><th>Attempts</th><th>Duration</th></tr></thead>
          <tbody>${run.actions.map(actionRow)}</tbody>
        </table>
        ${rest > 0 ? html`<p>and ${rest} more: <code>tern get action ${run.name}</code></p>` : html``}
      </section>
      <footer>
        Logs: <code>tern get logs ${run.name} a0</code> · Inputs and outputs of an action:
        <code>tern get io ${run.name} ACTION</code>
      </footer>`,
    run.isFinal ? undefined : 2,
  )
}

/** What is shown for a page that there is none of. */
export function renderMissing(message: string): Html {
  return page('Not found', html`<h1>Not found</h1><p>${message}</p>`, undefined)
}

function actionRow(action: ActionLine): Html {
  return html`<tr>
    <td><code>${action.name}</code></td>
    <td>${action.task}</td>
    <td><code>${action.parent}</code></td>
    <td>${badge(action.phase)}</td>
    <td class="number">${action.attempts}</td>
    <td class="number">${formatDuration(action.durationMs)}</td>
  </tr>`
}

function badge(phase: ActionPhase): Html {
  const name = phaseName(phase)
  return html`<span class="phase ${name.toLowerCase()}">${name}</span>`
}

function code(text: string): Html {
  return text === '' ? html`<p class="none">none</p>` : html`<pre>${text}</pre>`
}

function toUtc(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function page(title: string, body: Html, refreshSeconds: number | undefined): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        ${refreshSeconds === undefined ? html`` : html`<meta http-equiv="refresh" content="${refreshSeconds}">`}
        <title>${title} · Tern</title>
        <style>${styles}</style>
      </head>
      <body>${body}</body>
    </html>`
}

const styles = html`
  :root { color-scheme: light dark; --line: #8884; --soft: #8881; font: 15px/1.5 system-ui, sans-serif; }
  body { max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.6rem; margin: 0; overflow-wrap: anywhere; }
  h2 { font-size: 1rem; margin: 1.2rem 0 0.4rem; }
  .path, footer, .none { opacity: 0.7; margin: 0.2rem 0; }
  footer { margin-top: 2rem; font-size: 0.9rem; }
  pre { background: var(--soft); padding: 0.7rem; border-radius: 6px; overflow: auto; max-height: 24rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
  .data { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem; }
  .error h2 { color: #c0392b; }
  table { border-collapse: collapse; width: 100%; font-size: 0.93rem; }
  th, td { text-align: left; padding: 0.3rem 0.6rem 0.3rem 0; border-bottom: 1px solid var(--line); }
  .number { text-align: right; font-variant-numeric: tabular-nums; }
  th:nth-last-child(-n + 2) { text-align: right; }
  .phase { display: inline-block; font-size: 0.75rem; font-weight: 600; padding: 0.1rem 0.5rem; border-radius: 1rem; border: 1px solid; vertical-align: middle; }
  .succeeded, .recovered { color: #1e8449; } .failed, .timed_out { color: #c0392b; } .aborted { color: #a6670a; }
  .running, .initializing { color: #2471a3; } .queued, .waiting_for_resources, .paused { color: #808b96; }`
