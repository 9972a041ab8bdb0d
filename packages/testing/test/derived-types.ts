export interface Reading {
  readonly at: Date
  readonly temperature: number
  readonly note?: string
}
