import { File, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

// The same tasks as in derived-tasks.ts, with schemas.
export const env = new TaskEnvironment({ name: 'stations', cache: { version: '1' } })

const Reading = z.object({ at: z.date(), temperature: z.number(), note: z.string().optional() })

export const highest = env.task(
  {
    name: 'highest',
    docs: 'The highest temperature.',
    inputs: {
      readings: z.array(Reading).describe('of one station'),
      unit: z.enum(['C', 'F']).default('C').describe('of the result'),
    },
    output: z.number(),
  },
  async ({ readings, unit }) => {
    const celsius = Math.max(...readings.map(({ temperature }) => temperature))
    return unit === 'C' ? celsius : celsius * 1.8 + 32
  },
)

export const describe = env.task(
  { name: 'describe', inputs: { readings: z.array(Reading), label: z.string().default('max') }, output: File.schema() },
  async ({ readings, label }) => File.fromText(`${label} ${await highest({ readings })}`),
)

export const report = env.task(
  {
    name: 'report',
    docs: 'A report of all stations.',
    inputs: { stations: z.record(z.string(), z.array(Reading)), digits: z.int().default(1) },
    output: z.array(z.string()),
  },
  async ({ stations, digits }, { signal }) => {
    const lines = Object.entries(stations).map(async ([name, readings]) => {
      const [celsius, fahrenheit, file] = await Promise.all([
        highest({ readings }),
        highest({ readings, unit: 'F' }, { signal }),
        describe({ readings, label: name }),
      ])
      return `${await file.text()} ${celsius.toFixed(digits)}C ${fahrenheit.toFixed(digits)}F`
    })
    return Promise.all(lines)
  },
)
