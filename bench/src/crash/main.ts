// npm run crash: servers, workers and databases that die at random moments, under load.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PostgresServer } from '@tern/test-support/postgres'
import { faults } from './faults.ts'
import { Rounds } from './rounds.ts'

const leaves = 300

const usage = `usage: npm run crash -- [--rounds N] [--database postgres] [--faults none]

Each round (200 unless told) starts runs of all kinds, kills a server, a worker, the process of a task or the whole
Postgres with SIGKILL at a random moment, once or several times, and compares what comes of it with what had been
acknowledged. Before the rounds, unless told otherwise, each of these happens once:
${Object.keys(faults).join(', ')}.`

async function main(): Promise<void> {
  const names = ['rounds', 'database', 'faults']
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  const { values } = parseArgs({ options })
  const rounds = Number(values['rounds'] ?? 200)
  if (!Number.isInteger(rounds) || ![undefined, 'postgres'].includes(values['database'] as undefined)) {
    console.error(usage)
    process.exitCode = 2
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'tern-crash-'))
  const postgres = values['database'] === undefined ? undefined : await PostgresServer.start({ durable: true })
  let hasFailed = true
  try {
    const problems = values['faults'] === 'none' ? 0 : await tryFaults(folder)
    const inRounds = await new Rounds({ folder, postgres }).run(rounds)
    hasFailed = problems + inRounds.length > 0
  } finally {
    await postgres?.stop()
    // What happened in rounds that failed is there to be read.
    if (!hasFailed) rmSync(folder, { recursive: true, force: true })
    process.exitCode = hasFailed ? 1 : 0
  }
}

async function tryFaults(folder: string): Promise<number> {
  let count = 0
  for (const [name, tryFault] of Object.entries(faults)) {
    const problems = await tryFault(mkdtempSync(join(folder, 'fault-')), leaves)
    console.log(`${name}: ${problems.length === 0 ? 'nothing lost' : problems.join('; ')}`)
    count += problems.length
  }
  return count
}

await main()
