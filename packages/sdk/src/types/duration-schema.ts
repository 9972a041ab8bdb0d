import { type Duration, type DurationInput, InvalidArgumentError, parseDuration } from '@tern/core'
import { custom, transform, type ZodCustom, type ZodDefault, type ZodPipe, type ZodTransform } from 'zod'
import { durationCodec } from './scalar-codecs.ts'
import { addTransformer } from './transformers.ts'

type Read = ZodPipe<ZodCustom<DurationInput, DurationInput>, ZodTransform<Duration, DurationInput>>

/** The schema of lengths of time. It is one of zod's; its default is written as people write durations. */
export type DurationSchema = Read & { default(value: DurationInput): ZodDefault<Read> }

const written = custom<DurationInput>((value) => problemOf(value) === undefined, {
  error: ({ input }) => problemOf(input),
})
addTransformer(written, {
  codec: () => durationCodec,
  plain: () => durationCodec.plain,
  jsonSchema: { type: 'string', format: 'duration' },
})

/**
 * A length of time of 0 or more, as people write it: `'5m'`, `'1h30m'` or `{ minutes: 5 }`. A task gets its `milliseconds`. It stands
 * in lists, objects and options as any other schema: `duration.default('5m')`.
 */
export const duration: DurationSchema = written.pipe(transform((value: DurationInput) => parseDuration(value)))

function problemOf(value: unknown): string | undefined {
  try {
    return parseDuration(value as DurationInput).milliseconds < 0 ? 'must not be negative' : undefined
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error.message
    throw error
  }
}
