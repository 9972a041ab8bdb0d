import { historyReport } from '../history-report.ts'
import { defaultHistory, type HistoryPlan, measureHistory } from '../history.ts'
import { measureShape, type ShapePlan, type ShapeResult } from '../measure-shape.ts'
import type { Options } from '../options.ts'
import type { Output } from '../output.ts'
import { roundReport } from '../round-report.ts'
import { type Parameters, type Shape, shapes } from '../shapes.ts'
import { rounded } from '../summary.ts'
import { speedPlans } from './budgets.ts'
import { commandOf, historyRows, shapeRows, type SpeedRow, verdictOf } from './rows.ts'
import { costsTable, type ShapeCosts, speedTable } from './tables.ts'

/** What was measured, as rows of the tables. */
export interface Speed {
  readonly rows: ReadonlyArray<SpeedRow>
  readonly costs: ReadonlyArray<ShapeCosts>
}

const quickHistory = { actions: 2000, n: 50, rounds: 1, starts: 1 }

/** Measures all that the table of speeds has, one after another. */
export async function measureAll(options: Options, output: Output): Promise<Speed> {
  const rows: SpeedRow[] = []
  const costs: ShapeCosts[] = []
  await findProgramCold(options)
  for (const { shape, limits: _, ...plan } of speedPlans) {
    const parameters = options.isQuick ? plan.quickParameters : plan.parameters
    const rounds = options.rounds ?? (options.isQuick ? 1 : plan.rounds)
    const warmUps = options.isQuick ? 0 : plan.warmUps
    const measured = await measureOne(shape, { parameters, rounds, warmUps }, options, output)
    rows.push(...measured.rows)
    costs.push(...measured.costs)
  }
  const plan = options.isQuick ? quickHistory : historyPlanOf({}, options.rounds)
  const history = await measureHistoryOnce(plan, options, output)
  return { rows: [...rows, ...history.rows], costs }
}

/** Measures what a store full of finished actions costs. */
export async function measureHistoryOnce(plan: HistoryPlan, options: Options, output: Output): Promise<Speed> {
  output.progress(commandOf('history', { ...plan }))
  const result = await measureHistory(plan, options)
  output.result(historyReport(plan, result))
  return { rows: historyRows(plan, result), costs: [] }
}

export function historyPlanOf(given: Parameters, rounds: number | undefined): HistoryPlan {
  return { ...defaultHistory, ...given, ...(rounds !== undefined && { rounds }) }
}

/** Measures one shape. */
export async function measureOne(name: string, plan: ShapePlan, options: Options, output: Output): Promise<Speed> {
  const shape = shapes[name]!
  const { parameters } = plan
  output.progress(commandOf(name, parameters))
  let round = 0
  const result = await measureShape(shape, plan, options, (measured) => {
    round++
    output.result(roundReport(name, shape, measured, round))
  })
  output.progress(verifiedText(shape, result))
  return { rows: shapeRows(name, shape, parameters, result), costs: [costsOf(name, shape, parameters, result)] }
}

/** The plan for a shape of the table of speeds, or one for another size. */
export function planOf(name: string, given: Parameters, rounds: number | undefined): ShapePlan {
  const parameters = { ...shapes[name]!.parameters, ...given }
  const command = commandOf(name, parameters)
  const known = speedPlans.find((plan) => commandOf(plan.shape, plan.parameters) === command)
  return { parameters, rounds: rounds ?? known?.rounds ?? 3, warmUps: known?.warmUps ?? 1 }
}

export function printSpeed(machine: string, { rows, costs }: Speed, output: Output): void {
  const shapesReport = costs.map(({ shape, actions, result }) => ({
    shape,
    actions,
    verified_actions: result.verified.actions,
    were_all_live: result.verified.wereAllLive,
  }))
  output.end(machine, [speedTable(rows), costsTable(costs)], { rows: rows.map(rowReport), shapes: shapesReport })
}

function rowReport(row: SpeedRow): Record<string, unknown> {
  const { shape, quantity, unit, budget, aim, measured, rounds, cold } = row
  return {
    shape,
    quantity,
    unit,
    budget: budget ?? null,
    aim: aim ?? null,
    measured: rounded(measured),
    min: rounded(rounds.min),
    max: rounded(rounds.max),
    cold: cold === undefined ? null : rounded(cold),
    result: verdictOf(row),
  }
}

/** The first start of all reads the program from the disk, and the first run of all bundles the tasks. */
async function findProgramCold(options: Options): Promise<void> {
  const plan = { parameters: { n: 1 }, rounds: 1, warmUps: 0 }
  await measureShape(shapes['fanout']!, plan, { ...options, profiling: { cpu: undefined, heap: undefined } }, () => {})
}

function verifiedText(shape: Shape, { verified }: ShapeResult): string {
  const all = `  ${verified.actions} actions are listed, typed and have succeeded`
  if (shape.waits === undefined) return all
  return `${all}; its leaves were ${verified.wereAllLive ? '' : 'not '}all live at the same time`
}

function costsOf(name: string, shape: Shape, parameters: Parameters, result: ShapeResult): ShapeCosts {
  return { shape: commandOf(name, parameters), actions: shape.actions(parameters), result }
}
