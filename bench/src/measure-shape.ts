import { configure } from '@tern/sdk'
import { openDatabase } from './database.ts'
import { MeasuredServer } from './measured-server.ts'
import type { Measurement } from './measurement.ts'
import { profiledRunVariables, type Profiling } from './profiling.ts'
import type { EndedRun, Parameters, Shape } from './shapes.ts'
import { type Verified, verifyRuns } from './verify-runs.ts'

export interface ShapePlan {
  readonly parameters: Parameters
  /** Rounds that are measured on a warm server. */
  readonly rounds: number
  /** Rounds before those, after the first one, which finds everything cold. */
  readonly warmUps: number
}

export interface MeasuringOptions {
  /** `postgres` or an address; undefined for the embedded store. */
  readonly database: string | undefined
  readonly profiling: Profiling
}

/** Which round of a shape it was. */
export type RoundKind = 'cold' | 'warm-up' | 'measured'

export interface Round {
  readonly kind: RoundKind
  readonly parameters: Parameters
  readonly measurement: Measurement
}

export interface ShapeResult {
  readonly cold: Round
  readonly rounds: ReadonlyArray<Round>
  readonly verified: Verified
}

/** Measures a shape on a server of its own, and looks through its API whether the last round did what it should. */
export async function measureShape(
  shape: Shape,
  { parameters, rounds, warmUps }: ShapePlan,
  { database: choice, profiling }: MeasuringOptions,
  onRound: (round: Round) => void,
): Promise<ShapeResult> {
  const database = await openDatabase(choice)
  const server = await MeasuredServer.start({ database: database.url, profiling })
  const options = { envVars: profiledRunVariables(profiling) }
  let ended: ReadonlyArray<EndedRun> = []
  async function round(kind: RoundKind): Promise<Round> {
    const used = kind === 'measured' ? parameters : (shape.toWarmUp?.(parameters) ?? parameters)
    const measurement = await server.measure(async () => {
      ended = await shape.execute(used, options)
    })
    const result = { kind, parameters: used, measurement }
    onRound(result)
    return result
  }
  try {
    configure({ endpoint: server.url })
    const cold = await round('cold')
    for (let count = 0; count < warmUps; count++) await round('warm-up')
    const measured: Round[] = []
    while (measured.length < rounds) measured.push(await round('measured'))
    return { cold, rounds: measured, verified: await verifyRuns(server.url, ended, shape.checkLeaf) }
  } finally {
    await server.stop()
    await database.close()
  }
}
