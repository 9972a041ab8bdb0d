/**
 * Makes `process.exit()` in a task an error of that task: a worker runs the attempts of others too.
 *
 * @param isInTask whether the code that runs now belongs to an attempt
 * @returns ends it
 */
export function guardExit(isInTask: () => boolean): () => void {
  const exit = Reflect.get(process, 'exit') as typeof process.exit
  process.exit = ((code?: number | string | null) => {
    if (isInTask()) {
      throw new Error(
        `the task called process.exit(${code ?? ''}): to end it, return from its function or throw an error`,
      )
    }
    return exit.call(process, code)
  }) as typeof process.exit
  return () => {
    process.exit = exit
  }
}
