import { ArtifactRecorder } from '../artifacts/artifact-recorder.ts'
import { ArtifactFiring } from '../triggers/artifact-firing.ts'
import { startArtifactRun } from '../triggers/start-artifact-run.ts'
import type { ApiDomain } from './domain.ts'

/** What goes on behind the API: outputs become artifacts, and artifacts start runs. */
export interface ArtifactWork {
  /** `isShared` where other servers work on the same database. */
  start(options?: { readonly isShared?: boolean }): void
  /** Resolves when nothing is going on any more. What is left undone, the next server does. */
  stop(): Promise<void>
}

// As large as inputs and outputs may be.
const maxBytes = 64 * 1024 * 1024

export function createArtifactWork(domain: ApiDomain): ArtifactWork {
  const { repositories, artifacts, triggers, tasks, runs, engine, storage, clock, logger, config } = domain
  const recorder = new ArtifactRecorder({
    changes: engine.changes,
    repository: repositories.produced,
    artifacts,
    storage,
    clock,
    logger: logger.child({ part: 'artifact-recorder' }),
    org: config.org,
    maxBytes,
  })
  const createRun = async (request: Parameters<typeof runs.create>[0]) => void (await runs.create(request, undefined))
  const parts = { triggers, tasks, artifacts, storage, org: config.org, maxBytes, createRun }
  const firing = new ArtifactFiring({
    repository: repositories.artifacts,
    artifacts,
    start: (key, artifact) => startArtifactRun(parts, key, artifact),
    firings: repositories.firings,
    clock,
    logger: logger.child({ part: 'artifact-firing' }),
  })
  return {
    start(options) {
      recorder.start(options)
      firing.start()
    },
    async stop() {
      await recorder.stop()
      await firing.stop()
    },
  }
}
