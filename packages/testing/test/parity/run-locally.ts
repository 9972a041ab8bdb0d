// Runs all cases in this process, and prints what became of them. Its own process, so that errors which nobody catches meet
// nobody who listens for them.
import { fileURLToPath } from 'node:url'
import { encodeInputs, toInputs } from '@tern/core'
import type { LocalRunHandle, RunHandle } from '@tern/sdk'
import { bundleFile, loadBundle, taskSpecOf } from '@tern/sdk/bundle'
import { bySeenName, type ParityCase, cases, runName, type SeenRun, toSeenError } from './cases.ts'

// The code that a server gets: what names and cache keys are made of.
const tasks = await bundleFile(fileURLToPath(new URL('./tasks.ts', import.meta.url)))
const program = await loadBundle(tasks)
const nowhere = { org: '', project: '', domain: '', version: '', bundleUri: '' }

async function seenRun({ task, inputs = {}, options = {}, abort }: ParityCase, index: number): Promise<SeenRun> {
  const { taskTemplate } = taskSpecOf(task, nowhere)
  const given = encodeInputs(toInputs(inputs, taskTemplate?.interface?.inputs))
  const handle = program.runLocal(task.name, given, {
    ...options,
    name: runName(index),
    answerCondition: ({ name }) => (name === 'count' ? 3 : new Promise<never>(() => {})),
    local: { abortGraceMs: 100 },
  })
  if (abort !== undefined) {
    while (!runsAll(handle)) await new Promise(setImmediate)
    await handle.abort(abort)
  }
  const { phase, attempts, error } = await handle.wait()
  // Aborted children are told after the root.
  await handle.settled()
  return {
    phase,
    attempts,
    error: toSeenError(error),
    ...(await outputsOf(handle)),
    actions: handle.actions
      .map((action) => ({
        name: action.name,
        parent: action.parentName ?? '',
        kind: action.kind,
        title: action.title,
        group: action.group,
        phase: action.phase,
        attempts: action.attempts.map((each) => each.phase),
        cache: action.cache,
        hasSource: action.cacheSource !== undefined,
        error: toSeenError(action.error),
      }))
      .toSorted(bySeenName),
  }
}

const runsAll = ({ actions }: LocalRunHandle<unknown>) =>
  actions.length === 3 && actions.every(({ phase }) => phase === 'RUNNING')

async function outputsOf(handle: RunHandle<unknown>): Promise<{ thrown: string; outputs: unknown }> {
  try {
    return { thrown: '', outputs: (await handle.outputs()) ?? null }
  } catch (error) {
    const { name, message } = error as Error
    return { thrown: `${name}: ${message}`, outputs: null }
  }
}

const seen: SeenRun[] = []
for (const [index, each] of cases.entries()) seen.push(await seenRun(each, index))
process.stdout.write(`\nRESULT ${JSON.stringify(seen)}\n`, () => process.exit(0))
