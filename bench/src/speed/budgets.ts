import type { Round, ShapeResult } from '../measure-shape.ts'
import type { Parameters } from '../shapes.ts'

/** Something that a shape's rounds have, and that is to stay below a limit. */
export interface Quantity {
  readonly name: string
  readonly unit: string
  readonly digits: number
  of(round: Round, actions: number): number
  /** What one figure is made of several rounds: the middle one, or the largest. */
  readonly takes: 'median' | 'max'
}

export const wallTime: Quantity = {
  name: 'wall time',
  unit: 's',
  digits: 3,
  of: ({ measurement }) => measurement.wallSeconds,
  takes: 'median',
}

const serverCpuPerAction: Quantity = {
  name: 'server CPU per action',
  unit: 'µs',
  digits: 1,
  of: ({ measurement }, actions) => (measurement.serverCpuSeconds / actions) * 1e6,
  takes: 'median',
}

/** All that is resident, as operators see it, mapped files included: the largest since the server started. */
export const serverPeakRss: Quantity = {
  name: 'server RSS, peak',
  unit: 'MiB',
  digits: 0,
  of: ({ measurement }) => measurement.serverPeakRssMib,
  takes: 'max',
}

export interface Limit {
  readonly quantity: Quantity
  readonly budget: number
  readonly aim: number
}

/** A line of the table of speeds: a shape, its size, how often it is measured, and what it may take. */
export interface SpeedPlan {
  readonly shape: string
  readonly parameters: Parameters
  /** Sizes that only show that it works. */
  readonly quickParameters: Parameters
  readonly rounds: number
  readonly warmUps: number
  readonly limits: ReadonlyArray<Limit>
}

/** The table of speeds, on two processors with commits that are synced. */
export const speedPlans: ReadonlyArray<SpeedPlan> = [
  {
    shape: 'chain',
    parameters: { length: 500 },
    quickParameters: { length: 20 },
    rounds: 10,
    warmUps: 3,
    limits: [{ quantity: wallTime, budget: 0.3, aim: 0.18 }],
  },
  {
    shape: 'fanout',
    parameters: { n: 6000 },
    quickParameters: { n: 100 },
    rounds: 10,
    warmUps: 5,
    limits: [
      { quantity: wallTime, budget: 0.6, aim: 0.3 },
      { quantity: serverCpuPerAction, budget: 60, aim: 35 },
    ],
  },
  {
    shape: 'swarm',
    parameters: { k: 25, n: 2000 },
    quickParameters: { k: 3, n: 50 },
    rounds: 3,
    warmUps: 0,
    limits: [{ quantity: wallTime, budget: 5, aim: 2.5 }],
  },
  {
    shape: 'swarm',
    parameters: { k: 100, n: 2000 },
    quickParameters: { k: 6, n: 50 },
    rounds: 2,
    warmUps: 0,
    limits: [
      { quantity: wallTime, budget: 20, aim: 10 },
      { quantity: serverPeakRss, budget: 512, aim: 256 },
    ],
  },
  {
    shape: 'hold',
    parameters: { m: 40_000, seconds: 120, parents: 1 },
    quickParameters: { m: 200, seconds: 1, parents: 1 },
    rounds: 1,
    warmUps: 0,
    limits: [
      { quantity: wallTime, budget: 122, aim: 121 },
      { quantity: serverPeakRss, budget: 512, aim: 256 },
    ],
  },
]

export interface HistoryBudgets {
  /** Wall time of a fan-out with the full store by that with an empty one. */
  readonly ratio: number | undefined
  readonly fullStart: { readonly budget: number | undefined; readonly aim: number | undefined }
  readonly emptyStart: { readonly budget: number | undefined; readonly aim: number | undefined }
}

/** What may be the effect of so many finished actions in the store; nothing is said of fewer than the table has. */
export function historyBudgets(actions: number): HistoryBudgets {
  const isFull = actions >= 1_000_000
  return {
    ratio: isFull ? 1.1 : undefined,
    fullStart: isFull ? { budget: 1, aim: 0.5 } : { budget: undefined, aim: undefined },
    emptyStart: { budget: 0.5, aim: undefined },
  }
}

/** The limits of a shape at this size; none for other sizes than those of the table. */
export function limitsOf(shape: string, parameters: Parameters): ReadonlyArray<Limit> {
  const isSame = (plan: SpeedPlan) =>
    Object.entries(plan.parameters).every(([name, value]) => parameters[name] === value)
  return speedPlans.find((plan) => plan.shape === shape && isSame(plan))?.limits ?? []
}

/** A shape's rounds, and what is measured of them. */
export function valuesOf({ rounds }: ShapeResult, quantity: Quantity, actions: number): ReadonlyArray<number> {
  return rounds.map((round) => quantity.of(round, actions))
}
