// What is written into files whose interfaces are derived refers to these; not for people.
export { derived } from './derive/derived.ts'
export { DataFrame } from './io/data-frame.ts'
export { Dir } from './io/dir.ts'
export { File } from './io/file.ts'
