import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultServerConditions } from 'vite'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { PostgresServer } from '../packages/test-support/src/postgres/postgres-server.ts'

const root = join(import.meta.dirname, '..')
const browserSetup = join(import.meta.dirname, 'browser-setup.ts')
const postgresSetup = join(import.meta.dirname, 'postgres-setup.ts')
const failOnConsole = join(import.meta.dirname, 'fail-on-console.ts')
// Set by `npm run fuzz`.
const fuzzing = process.env.TERN_FUZZ_FACTOR === undefined ? [] : [join(import.meta.dirname, 'more-runs.ts')]

// Packages resolve to their sources, so that tests need no build: see "@tern/source" in each package.json.
const conditions = ['@tern/source', ...defaultServerConditions]

// Where the server's tests note how their calls end: see packages/server/test/conformance.test.ts. Each run of the tests has its own.
if (process.env.TERN_CALLS_DIR === undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'tern-calls-'))
  process.env.TERN_CALLS_DIR = folder
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
}

// What local runs keep for the next ones, tests keep apart.
if (process.env.TERN_LOCAL_DIR === undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'tern-local-'))
  process.env.TERN_LOCAL_DIR = folder
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
}

/** When set, the results are also written to this file as JSON (.ci/run counts them). */
const reportFile = process.env.TERN_TEST_REPORT

/** What the server's tests do on the embedded database, they do on Postgres again: see store/test/test-databases.ts. */
const onPostgres: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'postgres',
    include: ['packages/server/src/**/*.test.ts'],
    exclude: [
      'packages/server/src/engine/{committer,simulation,timers}.test.ts',
      'packages/server/src/triggers/{firing-name,scheduler,simulation,triggers}.test.ts',
      // These know no database.
      'packages/server/src/images/**',
      // These know the databases themselves.
      'packages/server/src/store/**',
    ],
    env: { TERN_TEST_DATABASE: 'postgres' },
    globalSetup: [postgresSetup],
    setupFiles: [failOnConsole],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
}

const hasPostgres = PostgresServer.isAvailable || process.env.CI === 'true'

export default defineConfig({
  root,
  cacheDir: join(root, 'node_modules/.cache/vite'),
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // What is waited for comes soon, or later on a busy machine.
    expect: { poll: { timeout: 20_000 } },
    reporters: reportFile ? ['default', ['json', { outputFile: reportFile }]] : ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts'],
          globalSetup: [postgresSetup],
          setupFiles: [failOnConsole, ...fuzzing],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      // Where there is no Postgres, tests are skipped; in CI they fail.
      ...(hasPostgres ? [onPostgres] : []),
      {
        extends: true,
        test: {
          name: 'e2e',
          include: [
            'packages/*/test/**/*.test.ts',
            'examples/**/*.test.ts',
            'bench/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**', 'packages/server/test/conformance.test.ts'],
          globalSetup: [browserSetup],
          // A machine may be ten times as slow as another one: what is waited for in vain says so before.
          testTimeout: 240_000,
          hookTimeout: 240_000,
          // Servers, workers and browsers are processes of their own, and start slowly on a busy machine.
          expect: { poll: { timeout: 60_000 } },
        },
      },
      // After all others: it looks at the calls that they made. Alone it has nothing to look at.
      {
        extends: true,
        test: {
          name: 'conformance',
          include: ['packages/server/test/conformance.test.ts'],
          sequence: { groupOrder: 1 },
          env: { TERN_CALLS_DATABASES: hasPostgres ? 'embedded,postgres' : 'embedded' },
        },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            checker: 'tsc',
            include: ['packages/*/src/**/*.test-d.ts'],
            tsconfig: join(import.meta.dirname, 'tsconfig.types.json'),
          },
        },
      },
    ],
  },
})
