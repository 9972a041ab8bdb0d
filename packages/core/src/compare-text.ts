/**
 * Orders texts by code point, which is also the order of their UTF-8 bytes and Python's. JavaScript's own `<` compares
 * UTF-16 units, which differs for characters outside the basic plane.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

// Halves of surrogate pairs stand for code points above all others.
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit
}
