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

/** Of bars, whose colour and length are what they say: they keep it where the reader's own colours are used. */
export const toneFill: Readonly<Record<Tone, string>> = {
  wait: 'bg-wait forced-color-adjust-none',
  busy: 'bg-busy forced-color-adjust-none',
  good: 'bg-good forced-color-adjust-none',
  bad: 'bg-bad forced-color-adjust-none',
  warn: 'bg-warn forced-color-adjust-none',
  ask: 'bg-ask forced-color-adjust-none',
}
