// Tasks that run by themselves, for the console to show.
import { TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'clockwork' })

export const tidy = env.task(
  {
    name: 'tidy',
    inputs: { keep: z.int() },
    output: z.int(),
    triggers: [
      {
        name: 'nightly',
        description: 'Removes what nobody has looked at',
        schedule: '30 2 * * *',
        timezone: 'Asia/Tokyo',
        inputs: { keep: 7 },
      },
      { name: 'workdays', schedule: '0 9 * * MON-FRI', autoActivate: false, inputs: { keep: 1 } },
    ],
  },
  ({ keep }) => keep,
)

/** Its trigger fires soon after the file is loaded. */
export const greet = env.task(
  {
    name: 'greet',
    output: z.string(),
    triggers: [{ name: 'soon', every: '1m', startAt: new Date(Date.now() + 5_000) }],
  },
  () => 'good day',
)
