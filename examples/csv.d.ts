// Code bundles carry imported .csv files as text.
declare module '*.csv' {
  const text: string
  export default text
}
