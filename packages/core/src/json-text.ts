// What JSON has no form of its own for, and is text in it.

/** The number that text in JSON stands for, since JSON has none for it: NaN or an infinity. */
export function nonFinite(text: unknown): number | undefined {
  return text === 'NaN' || text === 'Infinity' || text === '-Infinity' ? Number(text) : undefined
}

/** Whether a value is the text of an integer, as those beyond the safe range are written in JSON. */
export function isIntegerText(value: unknown): value is string {
  return typeof value === 'string' && /^[+-]?\d+$/.test(value)
}

/** Whether text is base64 with its padding, as bytes are written in JSON. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
}
