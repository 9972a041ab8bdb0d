// When schedules fire, for programs that show it: what the scheduler goes by, without the server around it.
export { cronAliases } from './triggers/cron.ts'
export type { Schedule } from './triggers/instants.ts'
export { toSchedule } from './triggers/schedule.ts'
