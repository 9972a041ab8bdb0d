import type { Scope } from '../app/scope.ts'
import type { Snippets } from '../design/copy.tsx'

// How to ask for what the page shows from elsewhere.

/** A server's address as both clients take it, and the place where it is. */
export function flags({ project, domain }: Scope): string {
  return `--endpoint ${location.host} -p ${project} -d ${domain}`
}

/** A program that has a client. */
export function typescript({ project, domain }: Scope, body: string): string {
  return `import { createClient } from '@tern/sdk/client'

const client = createClient({ endpoint: '${location.origin}', project: '${project}', domain: '${domain}' })
${body}
`
}

/** A program that has called `flyte.init`. */
export function python({ project, domain }: Scope, body: string): string {
  const insecure = location.protocol === 'http:' ? ', insecure=True' : ''
  return `import flyte
import flyte.remote

flyte.init(endpoint="dns:///${location.host}"${insecure}, project="${project}", domain="${domain}")
${body}
`
}

function jsText(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`
}

export function runSnippets(scope: Scope, run: string): Snippets {
  return {
    cli: `tern get run ${run} ${flags(scope)}`,
    typescript: typescript(
      scope,
      `const run = client.runs.get('${run}')
console.log(await run.outputs())`,
    ),
    python: python(scope, `run = flyte.remote.Run.get(name="${run}")`),
    link: location.href,
  }
}

export function actionSnippets(scope: Scope, run: string, action: string): Snippets {
  return {
    cli: `tern get action ${run} ${action} ${flags(scope)}`,
    typescript: typescript(
      scope,
      `const action = client.runs.get('${run}').action('${action}')
console.log(await action.inputs(), await action.outputs())`,
    ),
    python: python(scope, `action = flyte.remote.Action.get(run_name="${run}", name="${action}")`),
    link: location.href,
  }
}

/** What the list of runs is narrowed down to; the names of tasks and triggers are taken as whole ones. */
export interface RunsWanted {
  readonly phase?: string
  readonly task?: string
  readonly version?: string
  readonly trigger?: string
  readonly label?: string
  readonly by?: string
  readonly from?: string
  readonly to?: string
}

export function runsSnippets(scope: Scope, wanted: RunsWanted): Snippets {
  const { phase, task, version, trigger, label, by, from, to } = wanted
  const phases = (phase ?? '').split(',').filter(Boolean)
  const labels = (label ?? '').split(',').filter((each) => each.includes('='))
  const text = (name: string, value: string | undefined) =>
    value === undefined ? [] : [`${name}: ${JSON.stringify(value)}`]
  const time = (name: string, value: string | undefined) =>
    value === undefined ? [] : [`${name}: new Date(${JSON.stringify(value)})`]
  const pairs = labels.map(
    (each) => `${JSON.stringify(each.split('=')[0])}: ${JSON.stringify(each.slice(each.indexOf('=') + 1))}`,
  )
  const options = [
    ...(phases.length === 0 ? [] : [`phase: [${phases.map((name) => `'${name.toUpperCase()}'`).join(', ')}]`]),
    ...text('task', task),
    ...text('version', version),
    ...text('trigger', trigger),
    ...(pairs.length === 0 ? [] : [`labels: { ${pairs.join(', ')} }`]),
    ...text('createdBy', by),
    ...time('createdAfter', from),
    ...time('createdBefore', to),
  ]
  const flag = (name: string, value: string | undefined) =>
    value === undefined || value === '' ? [] : [`${name} ${shellWord(value)}`]
  return {
    cli: [
      'tern get run',
      ...flag('--in-phase', phase),
      ...flag('--task-name', task),
      ...flag('--trigger', trigger),
      ...labels.flatMap((each) => flag('--label', each)),
      flags(scope),
    ].join(' '),
    typescript: typescript(
      scope,
      `for await (const { name, phase } of client.runs.list(${options.length === 0 ? '' : `{ ${options.join(', ')} }`})) console.log(name, phase)`,
    ),
    python: python(scope, 'for run in flyte.remote.Run.listall():\n    print(run.name, run.phase)'),
    link: location.href,
  }
}

/** A text as a shell reads it as one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** How to run a deployed task. */
export function taskSnippets(scope: Scope, task: string, version: string | undefined): Snippets {
  const reference = version === undefined ? task : `${task}:${version}`
  return {
    cli: `tern run deployed-task ${reference} ${flags(scope)}`,
    typescript: typescript(
      scope,
      `const run = await client.runs.start('${task}', {})\nconsole.log(await run.outputs())`,
    ),
    python: python(scope, `run = flyte.run(flyte.remote.Task.get("${task}", auto_version="latest"))`),
    link: location.href,
  }
}

export function workflowsSnippets(scope: Scope): Snippets {
  return { cli: `tern get task ${flags(scope)}`, link: location.href }
}

/** How to run a deployed workflow, which is a task. */
export function workflowSnippets(scope: Scope, workflow: string, version: string | undefined): Snippets {
  return taskSnippets(scope, workflow, version)
}

export function launchPlansSnippets(scope: Scope): Snippets {
  return {
    cli: `tern get launch-plan ${flags(scope)}`,
    typescript: typescript(
      scope,
      'for await (const { id, active } of client.launchPlans.list()) console.log(id?.name, active)',
    ),
    link: location.href,
  }
}

/** @param version undefined for the active one */
export function launchPlanSnippets(scope: Scope, name: string, version: string | undefined): Snippets {
  const plan = version === undefined ? jsText(name) : `{ name: ${jsText(name)}, version: ${jsText(version)} }`
  return {
    cli: ['tern launch', name, ...(version === undefined ? [] : ['--version', version]), flags(scope)].join(' '),
    typescript: typescript(
      scope,
      `const run = await client.launchPlans.launch(${plan}, {})\nconsole.log(await run.outputs())`,
    ),
    link: location.href,
  }
}

export function triggersSnippets(scope: Scope): Snippets {
  return { cli: `tern get trigger ${flags(scope)}`, link: location.href }
}

export function triggerSnippets(scope: Scope, task: string, trigger: string): Snippets {
  return {
    cli: `tern get trigger ${task} ${trigger} ${flags(scope)}`,
    python: python(scope, `trigger = flyte.remote.Trigger.get(name="${trigger}", task_name="${task}")`),
    link: location.href,
  }
}

export function artifactsSnippets(scope: Scope): Snippets {
  return {
    cli: `tern get artifact ${flags(scope)}`,
    typescript: typescript(
      scope,
      'for await (const { latest } of client.artifacts.list()) console.log(latest?.artifactId?.name?.name)',
    ),
    python: python(scope, 'for artifact in flyte.remote.Artifact.list_names():\n    print(artifact)'),
    link: location.href,
  }
}

/** @param version undefined for the newest */
export function artifactSnippets(scope: Scope, name: string, version: string | undefined): Snippets {
  const which = version === undefined ? [name] : [name, version]
  return {
    cli: `tern get artifact ${which.map(shellWord).join(' ')} ${flags(scope)}`,
    typescript: typescript(scope, `const artifact = await client.artifacts.get(${which.map(jsText).join(', ')})`),
    python: python(
      scope,
      `artifact = flyte.remote.Artifact.get(${which.map((each) => JSON.stringify(each)).join(', ')})`,
    ),
    link: location.href,
  }
}

export function secretsSnippets(scope: Scope): Snippets {
  return {
    cli: `tern get secret ${flags(scope)}`,
    typescript: typescript(scope, 'for await (const { id } of client.secrets.list()) console.log(id?.name)'),
    python: python(scope, 'for secret in flyte.remote.Secret.listall():\n    print(secret.name)'),
    link: location.href,
  }
}

/** What the server is busy with. */
export function statusSnippets(
  scope: Scope,
  { isOfProject, group }: { readonly isOfProject: boolean; readonly group: string | undefined },
): Snippets {
  const place = isOfProject ? flags(scope) : `--endpoint ${location.host}`
  const options = [
    ...(isOfProject ? ['isOfProject: true'] : []),
    ...(group === undefined ? [] : [`group: '${group}', limit: 1000`]),
  ]
  const shown = options.length === 0 ? '' : `{ ${options.join(', ')} }`
  return {
    cli: ['tern get status', ...(group === undefined ? [] : [`--group ${group} --actions 1000`]), place].join(' '),
    typescript: typescript(scope, `for (const { waits } of await client.status.read(${shown})) console.log(waits)`),
    link: location.href,
  }
}

/** Whose settings, as the protocol has it: of all where both are empty. */
interface SettingsKey {
  readonly project: string
  readonly domain: string
}

function settingsFlags({ project, domain }: SettingsKey): string {
  const place = project !== '' ? `-p ${project} -d ${domain}` : domain !== '' ? `--domain ${domain}` : '--org'
  return `--endpoint ${location.host} ${place}`
}

export function settingsSnippets(scope: Scope, key: SettingsKey): Snippets {
  const place = Object.entries(key).filter(([name, value]) => name !== 'org' && value !== '')
  const shown = place.map(([name, value]) => `${name}: '${value}'`).join(', ')
  return {
    cli: `tern get settings ${settingsFlags(key)}`,
    typescript: typescript(scope, `console.log(await client.settings.levels({ ${shown} }))`),
    link: location.href,
  }
}

/** What makes a level say what the page is about to save: all of it, since a file replaces all. */
export function settingsCommand(key: SettingsKey, version: bigint, values: ReadonlyMap<string, unknown>): string {
  const lines = [...values].map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
  const command = `tern edit settings ${settingsFlags(key)} --version ${version} --from-file -`
  return [`${command} <<'END'`, ...lines, 'END'].join('\n')
}
