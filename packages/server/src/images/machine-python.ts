import { defaultPlace, findPython, type PythonPlace } from './find-python.ts'
import { type PythonFacts, PythonProbe } from './probe-python.ts'

/** The Python of this machine: what runs tasks whose image says nothing. */
export class MachinePython {
  readonly probe = new PythonProbe()
  readonly place: PythonPlace

  /** Takes an interpreter, a virtual environment or a command on the PATH; what is active or on the PATH if left out. */
  constructor(asked?: string) {
    this.place = defaultPlace(asked)
  }

  /** Undefined if there is none that works. */
  async facts(): Promise<PythonFacts | undefined> {
    const python = findPython(this.place.name)
    return python === undefined ? undefined : await this.probe.ask(python).catch(() => undefined)
  }
}
