import { InvalidArgumentError } from './errors.ts'

// Kubernetes' quantity suffixes, as powers: 2^10, 2^20 … and 10^-9 … 10^18.
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const pattern = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([eE][+-]?\d{1,2})|(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E))?$/
const nano = 1_000_000_000n

/**
 * Reads a Kubernetes quantity (`512Mi`, `500m`, `1.5`, `2e3`) exactly, in billionths of its unit (a core, a byte).
 * What is smaller is rounded up, as Kubernetes does.
 *
 * @param field how the error calls the value, e.g. `resources.memory`
 * @throws InvalidArgumentError when it is not a quantity
 */
export function quantityNanos(text: string | number, field = 'quantity'): bigint {
  const match = pattern.exec(typeof text === 'number' ? plain(text) : text)
  if (match === null) throw notAQuantity(text, field)
  const [, sign, digits = '', exponent, suffix = ''] = match
  const [whole = '', fraction = ''] = digits.split('.')
  const numerator = BigInt(`${whole}${fraction}` || '0')
  const power =
    suffix === '' && exponent !== undefined ? Number(exponent.slice(1)) : 3 * (decimalSuffixes.indexOf(suffix) - 3)
  const binary = binarySuffixes.indexOf(suffix)
  const scaled =
    binary > 0 ? scaleBinary(numerator, binary, fraction.length) : scale(numerator, power - fraction.length)
  return sign === '-' ? -scaled : scaled
}

/** Reads a quantity as a number of its unit: `'500m'` is 0.5, `'1Ki'` is 1024. */
export function quantityValue(text: string | number, field = 'quantity'): number {
  const nanos = quantityNanos(text, field)
  return Number(nanos / nano) + Number(nanos % nano) / 1e9
}

/**
 * Checks a quantity that a user wrote and gives the text for the wire.
 *
 * @throws InvalidArgumentError when it is not a quantity or negative
 */
export function toQuantity(input: string | number, field = 'quantity'): string {
  const nanos = quantityNanos(input, field)
  if (nanos < 0n) throw new InvalidArgumentError(`${field} ${input} must not be negative`, { field })
  return typeof input === 'number' ? plain(input) : input
}

/** Orders two quantities: below 0 if `a` is smaller, 0 if they are the same amount (`1Gi` and `1024Mi`), else above 0. */
export function compareQuantities(a: string | number, b: string | number): number {
  const difference = quantityNanos(a) - quantityNanos(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

function scale(numerator: bigint, power: number): bigint {
  const exponent = power + 9
  return exponent >= 0 ? numerator * 10n ** BigInt(exponent) : divideUp(numerator, 10n ** BigInt(-exponent))
}

function scaleBinary(numerator: bigint, suffix: number, places: number): bigint {
  return divideUp(numerator * nano * 1024n ** BigInt(suffix), 10n ** BigInt(places))
}

function divideUp(a: bigint, b: bigint): bigint {
  return a % b === 0n ? a / b : a / b + 1n
}

function plain(value: number): string {
  // A number prints as 1e-7 or 1e+21 at the ends; the quantity form of an exponent has no other differences.
  return String(value).replace('e+', 'e')
}

function notAQuantity(input: string | number, field: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field} ${JSON.stringify(input)} is not a quantity`, {
    field,
    hint: "Write an amount with an optional unit, such as 2, '500m', '512Mi' or '1.5G'.",
  })
}
