import type { Tone } from '../model/phases.ts'

export const toneText: Readonly<Record<Tone, string>> = {
  wait: 'text-wait',
  busy: 'text-busy',
  good: 'text-good',
  bad: 'text-bad',
  warn: 'text-warn',
  ask: 'text-ask',
}

export const toneSoft: Readonly<Record<Tone, string>> = {
  wait: 'bg-wait-soft text-wait',
  busy: 'bg-busy-soft text-busy',
  good: 'bg-good-soft text-good',
  bad: 'bg-bad-soft text-bad',
  warn: 'bg-warn-soft text-warn',
  ask: 'bg-ask-soft text-ask',
}

export const toneFill: Readonly<Record<Tone, string>> = {
  wait: 'bg-wait',
  busy: 'bg-busy',
  good: 'bg-good',
  bad: 'bg-bad',
  warn: 'bg-warn',
  ask: 'bg-ask',
}
