/** A stretch of a line in one colour. */
export interface Stretch {
  readonly text: string
  readonly className: string
}

const escape = '\u001b'
// What terminals understand: colours, and movements that make no sense here.
const sequence = new RegExp(`${escape}\\[([0-9;]*)([A-Za-z])`)

const colours: Readonly<Record<number, string>> = {
  30: 'text-muted',
  31: 'text-bad',
  32: 'text-good',
  33: 'text-warn',
  34: 'text-busy',
  35: 'text-ask',
  36: 'text-busy',
  37: '',
  90: 'text-faint',
  91: 'text-bad',
  92: 'text-good',
  93: 'text-warn',
  94: 'text-busy',
  95: 'text-ask',
  96: 'text-busy',
}

/** A line with the colours that a terminal would give it. */
export function parseAnsi(line: string): ReadonlyArray<Stretch> {
  if (!line.includes(escape)) return [{ text: line, className: '' }]
  const stretches: Stretch[] = []
  let [colour, isBold, rest] = ['', false, line]
  for (let match = sequence.exec(rest); match !== null; match = sequence.exec(rest)) {
    push(stretches, rest.slice(0, match.index), colour, isBold)
    rest = rest.slice(match.index + match[0].length)
    if (match[2] !== 'm') continue
    for (const code of (match[1] || '0').split(';').map(Number)) {
      if (code === 0) [colour, isBold] = ['', false]
      else if (code === 1) isBold = true
      else if (code === 22) isBold = false
      else if (code === 39) colour = ''
      else colour = colours[code] ?? colour
    }
  }
  push(stretches, rest, colour, isBold)
  return stretches
}

function push(stretches: Stretch[], text: string, colour: string, isBold: boolean): void {
  if (text !== '') stretches.push({ text, className: isBold ? `${colour} font-semibold`.trim() : colour })
}

const sequences = new RegExp(sequence, 'g')

/** A line as it is read, without its colours. */
export function plainText(line: string): string {
  return line.includes(escape) ? line.replace(sequences, '') : line
}
