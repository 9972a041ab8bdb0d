/**
 * How well a value fits a type, from 0 (not at all) to 9 (exactly, and few other values would). Of the types that a value
 * could be of, the one that it fits best is meant: an integer rather than a float, an enum's value rather than a text, a
 * text rather than the time that it could be read as.
 */
export type Fit = number

export const noFit: Fit = 0
export const exactFit: Fit = 9
