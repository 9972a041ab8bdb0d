// What Node has and browsers do not; there, ./browser.ts takes its place.
export { Buffer } from 'node:buffer'
export { hash, randomInt } from 'node:crypto'
