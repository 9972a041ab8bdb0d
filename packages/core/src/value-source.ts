/** Where a value comes from: a program (`value`), or JSON, in which times, bytes and large integers are text. */
export type ValueSource = 'value' | 'json'
