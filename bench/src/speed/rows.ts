import type { HistoryPlan, HistoryResult } from '../history.ts'
import type { ShapeResult } from '../measure-shape.ts'
import type { Parameters, Shape } from '../shapes.ts'
import { summarize, type Summary } from '../summary.ts'
import { historyBudgets, limitsOf, type Quantity, serverPeakRss, valuesOf, wallTime } from './budgets.ts'

/** A line of the table of speeds. Numbers are in the row's unit. */
export interface SpeedRow {
  /** What was run, as on the command line, and what of it was measured. */
  readonly shape: string
  readonly quantity: string
  readonly unit: string
  readonly digits: number
  /** The most that it may be; undefined where nothing is said. */
  readonly budget: number | undefined
  readonly aim: number | undefined
  readonly measured: number
  readonly rounds: Summary
  /** Of the first round, which finds the server cold. Undefined where there is none. */
  readonly cold: number | undefined
}

export type Verdict = 'pass' | 'miss' | 'none'

/** Whether the budget is kept. */
export function verdictOf({ budget, measured }: SpeedRow): Verdict {
  if (budget === undefined) return 'none'
  return measured <= budget ? 'pass' : 'miss'
}

/** A shape as it is asked for on the command line. */
export function commandOf(name: string, parameters: Parameters): string {
  // Without what is as if it were not there.
  const given = Object.entries(parameters).filter(([parameter, value]) => parameter !== 'parents' || value !== 1)
  return [name, ...given.map(([parameter, value]) => `--${parameter} ${value}`)].join(' ')
}

/** The lines of a shape: one for each of its limits, or its wall time where it has none. */
export function shapeRows(name: string, shape: Shape, parameters: Parameters, result: ShapeResult): SpeedRow[] {
  const limits = limitsOf(name, parameters)
  const actions = shape.actions(parameters)
  const row = (quantity: Quantity, limit?: { readonly budget: number; readonly aim: number }): SpeedRow => {
    const rounds = summarize(valuesOf(result, quantity, actions))
    return {
      shape: commandOf(name, parameters),
      quantity: quantity.name,
      unit: quantity.unit,
      digits: quantity.digits,
      budget: limit?.budget,
      aim: limit?.aim,
      measured: quantity.takes === 'max' ? rounds.max : rounds.median,
      rounds,
      cold: quantity.takes === 'max' ? undefined : coldOf(result, quantity, actions, parameters),
    }
  }
  if (limits.length === 0) return [row(wallTime), row(serverPeakRss)]
  return limits.map(({ quantity, ...limit }) => row(quantity, limit))
}

/** Where the first round did as much as the others. */
function coldOf(
  { cold }: ShapeResult,
  quantity: Quantity,
  actions: number,
  parameters: Parameters,
): number | undefined {
  const isSame = Object.entries(parameters).every(([name, value]) => cold.parameters[name] === value)
  return isSame ? quantity.of(cold, actions) : undefined
}

export function historyRows({ actions, n }: HistoryPlan, result: HistoryResult): SpeedRow[] {
  const { ratio, ratios, secondsToReady } = result
  const budgets = historyBudgets(actions)
  const none = { aim: undefined, cold: undefined }
  const start = { unit: 's', digits: 3, quantity: 'start to ready', cold: undefined }
  const count = actions.toLocaleString('en')
  return [
    {
      ...none,
      shape: `fanout --n ${n}, after ${count} actions`,
      quantity: 'wall time, by that of an empty store',
      unit: '×',
      digits: 2,
      budget: budgets.ratio,
      measured: ratio,
      rounds: ratios,
    },
    {
      ...start,
      ...budgets.fullStart,
      shape: `start, ${count} actions in the store`,
      measured: secondsToReady.full.median,
      rounds: secondsToReady.full,
    },
    {
      ...start,
      ...budgets.emptyStart,
      shape: 'start, new store',
      measured: secondsToReady.empty.median,
      rounds: secondsToReady.empty,
    },
  ]
}
