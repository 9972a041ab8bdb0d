import type { Benchmark } from './benchmark.ts'
import { benchmarks } from './benchmarks.ts'
import { machineText, thisMachine } from './machine.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { Output } from './output.ts'
import {
  historyPlanOf,
  measureAll,
  measureHistoryOnce,
  measureOne,
  planOf,
  printSpeed,
  type Speed,
} from './speed/run-speed.ts'

async function main(): Promise<void> {
  const options = optionsOrUsage()
  if (options === undefined) return
  if (options.isHelp) return console.log(usage)
  const output = new Output(options.format)
  const machine = machineText(thisMachine(), options.database)
  const benchmark = benchmarks[options.name]
  if (benchmark === undefined) return printSpeed(machine, await measureSpeed(options, output), output)
  const report = await measureBenchmark(benchmark, options)
  output.result(report)
  output.end(machine, [], report)
}

function measureSpeed(options: Options, output: Output): Promise<Speed> {
  const { name, parameters, rounds } = options
  if (name === 'all') return measureAll(options, output)
  if (name === 'history') return measureHistoryOnce(historyPlanOf(parameters, rounds), options, output)
  return measureOne(name, planOf(name, parameters, rounds), options, output)
}

function optionsOrUsage(): Options | undefined {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exitCode = 2
    return undefined
  }
}

async function measureBenchmark(benchmark: Benchmark, options: Options): Promise<Record<string, unknown>> {
  const parameters = { ...benchmark.parameters, ...options.parameters }
  return { shape: options.name, ...parameters, ...(await benchmark.measure(parameters, options)) }
}

await main()
