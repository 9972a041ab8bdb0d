export { cronAliases, parseCron } from './schedule/cron.ts'
export { every, type Schedule } from './schedule/instants.ts'
export { toSchedule } from './schedule/to-schedule.ts'
