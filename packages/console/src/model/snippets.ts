import type { Scope } from '../app/scope.ts'
import type { Snippets } from '../design/copy.tsx'

// How to ask for what the page shows from elsewhere.

/** A server's address as both clients take it, and the place where it is. */
function flags({ project, domain }: Scope): string {
  return `--endpoint ${location.host} -p ${project} -d ${domain}`
}

function typescript({ project, domain }: Scope, body: string): string {
  return `import { createClient } from '@tern/sdk/client'

const client = createClient({ endpoint: '${location.origin}', project: '${project}', domain: '${domain}' })
${body}
`
}

function python({ project, domain }: Scope, body: string): string {
  const insecure = location.protocol === 'http:' ? ', insecure=True' : ''
  return `import flyte
import flyte.remote

flyte.init(endpoint="dns:///${location.host}"${insecure}, project="${project}", domain="${domain}")
${body}
`
}

export function runSnippets(scope: Scope, run: string): Snippets {
  return {
    cli: `tern get run ${run} ${flags(scope)}`,
    typescript: typescript(scope, `const { action } = await client.getRun('${run}')`),
    python: python(scope, `run = flyte.remote.Run.get(name="${run}")`),
    link: location.href,
  }
}

export function actionSnippets(scope: Scope, run: string, action: string): Snippets {
  return {
    cli: `tern get action ${run} ${action} ${flags(scope)}`,
    typescript: typescript(
      scope,
      `const action = await client.getAction('${run}', '${action}')
const { inputs, outputs } = await client.getActionData('${run}', '${action}')`,
    ),
    python: python(scope, `action = flyte.remote.Action.get(run_name="${run}", name="${action}")`),
    link: location.href,
  }
}
