/**
 * Makes `process.exit()` in a task an error of that task: a worker runs the attempts of others too.
 *
 * @param isInTask whether the code that runs now belongs to an attempt
 */
export function guardExit(isInTask: () => boolean): void {
  const exit = process.exit.bind(process)
  process.exit = ((code?: number | string | null) => {
    if (isInTask()) {
      throw new Error(
        `the task called process.exit(${code ?? ''}): to end it, return from its function or throw an error`,
      )
    }
    return exit(code)
  }) as typeof process.exit
}
