// When schedules fire, for programs that show it: what the scheduler goes by, without the server around it.
export { cronAliases } from '@tern/core/schedule'
export type { Schedule } from '@tern/core/schedule'
export { toSchedule } from './triggers/schedule.ts'
