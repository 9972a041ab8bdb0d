import { createRepositories, type Repositories, type SpecRow, type Store } from '@tern/server/internal'
import { TriggerRevisionAction } from '@tern/idl/trigger'
import { type Environment, projects, toEnvironments, toSpecRow, toTriggers } from './catalog.ts'
import { type FinishedRun, toFinishedRun } from './finished-run.ts'
import { Random } from './random.ts'
import { runSizes, type Sizes } from './sizes.ts'

const day = 86_400_000
/** The time that everything is older than: the same at each start, so that equal fills are equal. */
const now = Date.UTC(2026, 0, 1)
const historyMs = 180 * day

// Rows in one transaction.
const actionsPerCommit = 20_000
const concurrentDeployments = 8

export interface Filled {
  /** Environments, the one with the most runs first. */
  readonly environments: ReadonlyArray<Environment>
  readonly largestRun: { readonly project: string; readonly domain: string; readonly name: string }
}

/** Fills an empty store with what has been there for half a year. */
export async function fill(store: Store, sizes: Sizes): Promise<Filled> {
  const random = new Random(1)
  const repositories = createRepositories(store.queries)
  const environments = toEnvironments(random, sizes)
  for (const id of projects) {
    await repositories.projects.create({ id, name: id, description: '', labels: null, state: 0 }, now - historyMs)
  }
  const specs = await deployAll(repositories, environments)
  await createTriggers(repositories, environments, random)
  const largestRun = await createRuns(store, { sizes, environments, specs, random })
  return { environments, largestRun }
}

type Specs = ReadonlyMap<Environment, ReadonlyArray<ReadonlyArray<SpecRow>>>

/** Deploys every version of every task; returns their specs by environment, version and task. */
async function deployAll(repositories: Repositories, environments: ReadonlyArray<Environment>): Promise<Specs> {
  const specs = new Map<Environment, ReadonlyArray<ReadonlyArray<SpecRow>>>()
  const waiting = [...environments]
  async function deployNext(): Promise<void> {
    for (let environment = waiting.shift(); environment !== undefined; environment = waiting.shift()) {
      specs.set(environment, await deployEnvironment(repositories, environment))
    }
  }
  await Promise.all(Array.from({ length: concurrentDeployments }, deployNext))
  return specs
}

async function deployEnvironment(
  repositories: Repositories,
  environment: Environment,
): Promise<ReadonlyArray<ReadonlyArray<SpecRow>>> {
  const { name, place, taskNames, versions } = environment
  const all: SpecRow[][] = []
  for (const [index, version] of versions.entries()) {
    const specs = taskNames.map((taskName) => toSpecRow(environment, taskName, version))
    all.push(specs)
    const at = now - historyMs + Math.floor((index / versions.length) * historyMs)
    for (const spec of specs) {
      const task = {
        key: { ...place, name: spec.taskName, version },
        environment: name,
        functionName: spec.shortName,
        deployedBy: `person${index % 50}@example.com`,
        environmentDescription: `Environment ${name}`,
        shortDescription: `Does what ${spec.shortName} does`,
        isEntrypoint: index === 0,
        spec,
      }
      await repositories.tasks.deploy(task, at + all.length)
    }
  }
  return all
}

async function createTriggers(
  { triggers }: Repositories,
  environments: ReadonlyArray<Environment>,
  random: Random,
): Promise<void> {
  for (const environment of environments) {
    const stored = toTriggers(environment, random, now)
    const changes = stored.map((after) => ({ action: TriggerRevisionAction.DEPLOY, before: undefined, after }))
    const tasks = new Set(stored.map(({ key }) => key.taskName))
    await triggers.write([
      ...triggers.writesOf(changes),
      ...[...tasks].flatMap((name) =>
        triggers.summaryWritesOf({ ...environment.place, name }, [environment.versions.at(-1)!]),
      ),
    ])
  }
}

interface RunsToCreate {
  readonly sizes: Sizes
  readonly environments: ReadonlyArray<Environment>
  readonly specs: Specs
  readonly random: Random
}

async function createRuns(store: Store, { sizes, environments, specs, random }: RunsToCreate) {
  const allSizes = runSizes(sizes)
  let largest: FinishedRun | undefined
  let batch: FinishedRun[] = []
  let actions = 0
  for (const [index, size] of allSizes.entries()) {
    // Some pipelines run much more often than others.
    const environment = environments[Math.floor(random.next() ** 2 * environments.length)]!
    const version = random.below(environment.versions.length)
    const plan = {
      id: await store.engine.newRunId(),
      size,
      createdAt: now - historyMs + Math.floor((index / allSizes.length) * historyMs),
      environment,
      version: environment.versions[version]!,
      digests: specs.get(environment)![version]!.map(({ digest }) => digest),
    }
    const run = toFinishedRun(plan, random)
    if (size > (largest?.actions.length ?? 0)) largest = run
    batch.push(run)
    actions += size
    if (actions < actionsPerCommit && index + 1 < allSizes.length) continue
    await commit(store, batch)
    batch = []
    actions = 0
  }
  const { project, domain, name } = largest!.run
  return { project, domain, name }
}

async function commit(store: Store, finished: ReadonlyArray<FinishedRun>): Promise<void> {
  await store.engine.commit({
    specs: [],
    runs: finished.map(({ run }) => run),
    created: finished.flatMap(({ actions }) => actions),
    changed: [],
    attempts: [],
    logs: [],
    results: [],
    at: now,
  })
}
