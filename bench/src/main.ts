import type { Benchmark } from './benchmark.ts'
import { benchmarks } from './benchmarks.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { Output } from './output.ts'
import { measureAll, measureOne, planOf, printSpeed } from './speed/run-speed.ts'

async function main(): Promise<void> {
  const options = optionsOrUsage()
  if (options === undefined) return
  const { name, parameters, rounds, format } = options
  const output = new Output(format)
  const benchmark = benchmarks[name]
  if (benchmark !== undefined) return measureBenchmark(name, benchmark, options, output)
  const speed =
    name === 'all'
      ? await measureAll(options, output)
      : await measureOne(name, planOf(name, parameters, rounds), options, output)
  printSpeed(speed, output)
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

async function measureBenchmark(name: string, benchmark: Benchmark, options: Options, output: Output): Promise<void> {
  const parameters = { ...benchmark.parameters, ...options.parameters }
  const report = { shape: name, ...parameters, ...(await benchmark.measure(parameters, options)) }
  output.result(report)
  output.end([], report)
}

await main()
