import type { JsonValue } from '@bufbuild/protobuf'
import type { TaskIdentifier } from '@tern/idl/task'
import type { Scope } from '../../../app/scope.ts'
import type { Snippets } from '../../../design/copy.tsx'
import { flags, python, shellWord, typescript } from '../../../model/snippets.ts'
import { isNothing, isObject } from './form-fields.ts'
import { type Pair, record, type RunOptions } from './run-options.ts'

/** What a form would start a run with. */
export interface LaunchWanted {
  /** By name; without what is left out. */
  readonly values: { readonly [name: string]: JsonValue }
  readonly options: RunOptions
}

type Named = Pick<TaskIdentifier, 'name' | 'version'>

/** How to start a deployed task with these inputs. */
export function launchSnippets(scope: Scope, { name, version }: Named, wanted: LaunchWanted): Snippets {
  const { values, options } = wanted
  return {
    cli: [
      `tern run deployed-task ${shellWord(`${name}:${version}`)}`,
      ...cliFlags(options),
      flags(scope),
      ...cliInputs(values),
    ].join(' '),
    typescript: typescript(
      scope,
      `const run = await client.runs.start(\n  ${code({ name, version })},\n  ${code(values)},\n${typescriptOptions(options)})\nconsole.log(await run.outputs())`,
    ),
    python: python(scope, pythonRun(`flyte.remote.Task.get("${name}", version="${version}")`, wanted)),
    link: location.href,
  }
}

/** How to run an earlier run again, with other inputs. */
export function rerunSnippets(scope: Scope, run: string, { values, options }: LaunchWanted): Snippets {
  const { name } = options
  return {
    cli: [`tern rerun ${run}`, ...cliFlags(options), flags(scope), ...cliInputs(values)].join(' '),
    typescript: typescript(
      scope,
      `const run = await client.runs.get('${run}').rerun(${code({ inputs: values, ...(name !== '' && { name }) })})\nconsole.log(await run.outputs())`,
    ),
    link: location.href,
  }
}

function cliFlags(options: RunOptions): string[] {
  const { name, labels, envs, queue, maxActionConcurrency, overwriteCache } = options
  const pairs = (flag: string, list: ReadonlyArray<Pair>) =>
    list.map(([key, value]) => `${flag} ${shellWord(`${key.trim()}=${value}`)}`)
  return [
    ...(name === '' ? [] : [`--name ${name}`]),
    ...pairs('--label', labels),
    ...pairs('--env', envs),
    ...(queue === '' ? [] : [`--queue ${shellWord(queue)}`]),
    ...(maxActionConcurrency === '' ? [] : [`--max-action-concurrency ${maxActionConcurrency}`]),
    ...(overwriteCache ? ['--overwrite-cache'] : []),
  ]
}

function cliInputs(values: LaunchWanted['values']): string[] {
  return Object.entries(values).map(([name, value]) => {
    const plain = withoutMarkers(value)
    const text = isAddress(plain) ? String(plain['uri']) : typeof plain === 'string' ? plain : JSON.stringify(plain)
    return `--${name}=${shellWord(text)}`
  })
}

function typescriptOptions(options: RunOptions): string {
  const { name, labels, annotations, envs, queue, maxActionConcurrency, interruptible, overwriteCache } = options
  const given = {
    ...(name !== '' && { name }),
    ...(labels.length > 0 && { labels: record(labels) }),
    ...(annotations.length > 0 && { annotations: record(annotations) }),
    ...(envs.length > 0 && { envVars: record(envs) }),
    ...(queue !== '' && { queue }),
    ...(maxActionConcurrency !== '' && { maxActionConcurrency: Number(maxActionConcurrency) }),
    ...(interruptible !== '' && { interruptible: interruptible === 'true' }),
    ...(overwriteCache && { overwriteCache }),
  }
  return Object.keys(given).length === 0 ? '' : `  ${code(given)},\n`
}

function pythonRun(task: string, { values, options }: LaunchWanted): string {
  const { name, labels, annotations, envs, queue, maxActionConcurrency, interruptible, overwriteCache } = options
  const given = [
    ...(name === '' ? [] : [`name=${pythonValue(name)}`]),
    ...(labels.length === 0 ? [] : [`labels=${pythonValue(record(labels))}`]),
    ...(annotations.length === 0 ? [] : [`annotations=${pythonValue(record(annotations))}`]),
    ...(envs.length === 0 ? [] : [`env_vars=${pythonValue(record(envs))}`]),
    ...(queue === '' ? [] : [`queue=${pythonValue(queue)}`]),
    ...(maxActionConcurrency === '' ? [] : [`max_action_concurrency=${maxActionConcurrency}`]),
    ...(interruptible === '' ? [] : [`interruptible=${interruptible === 'true' ? 'True' : 'False'}`]),
    ...(overwriteCache ? ['overwrite_cache=True'] : []),
  ]
  const inputs = Object.entries(values).map(([key, value]) => `, ${key}=${pythonValue(value)}`)
  const start = given.length === 0 ? 'flyte' : `flyte.with_runcontext(${given.join(', ')})`
  return `run = ${start}.run(${task}${inputs.join('')})`
}

function isAddress(value: JsonValue): value is { uri: string } {
  return isObject(value) && typeof value['uri'] === 'string' && 'format' in value
}

/** Nothing as JSON has it. */
function withoutMarkers(value: JsonValue): JsonValue {
  if (isNothing(value)) return null
  if (Array.isArray(value)) return value.map(withoutMarkers)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutMarkers(each)]))
}

/** A value as TypeScript has it, on a line. Files and tables are given by their addresses. */
function code(value: JsonValue): string {
  const plain = withoutMarkers(value)
  if (isAddress(plain)) return code(plain['uri'])
  if (Array.isArray(plain)) return `[${plain.map(code).join(', ')}]`
  if (!isObject(plain)) return typeof plain === 'string' ? quoted(plain) : JSON.stringify(plain)
  const parts = Object.entries(plain).map(
    ([key, each]) => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)}: ${code(each)}`,
  )
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

function pythonValue(value: JsonValue): string {
  if (isNothing(value)) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (isAddress(value)) return JSON.stringify(value['uri'])
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`
  if (!isObject(value)) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, each]) => `${JSON.stringify(key)}: ${pythonValue(each)}`)
    .join(', ')}}`
}
