import { File, type Int, type TaskContext, TaskEnvironment } from '@tern/sdk'
import type { Reading } from './derived-types.ts'

// The same tasks as in explicit-tasks.ts, with their interfaces in their types.
export const env = new TaskEnvironment({ name: 'stations', cache: { version: '1' } })

/**
 * The highest temperature.
 *
 * @param readings of one station
 * @param unit of the result
 */
export const highest = env.task(async function highest(readings: Reading[], unit: 'C' | 'F' = 'C'): Promise<number> {
  const celsius = Math.max(...readings.map(({ temperature }) => temperature))
  return unit === 'C' ? celsius : celsius * 1.8 + 32
})

export const describe = env.task(
  async (readings: Reading[], { label = 'max' }: { label?: string } = {}): Promise<File> => {
    return File.fromText(`${label} ${await highest(readings)}`)
  },
)

export const report = env.task(
  { docs: 'A report of all stations.' },
  async function report(stations: Record<string, Reading[]>, digits: Int = 1, context: TaskContext): Promise<string[]> {
    const lines = Object.entries(stations).map(async ([name, readings]) => {
      const [celsius, fahrenheit, file] = await Promise.all([
        highest(readings),
        highest(readings, 'F', { signal: context.signal }),
        describe(readings, { label: name }),
      ])
      return `${await file.text()} ${celsius.toFixed(digits)}C ${fahrenheit.toFixed(digits)}F`
    })
    return Promise.all(lines)
  },
)
