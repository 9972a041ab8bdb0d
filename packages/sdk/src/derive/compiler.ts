import { createRequire } from 'node:module'
import { join } from 'node:path'
import type ts from 'typescript'
import { FailedPreconditionError } from '@tern/core'

/** The compiler, as far as its API goes that tools are written with. */
export type Compiler = typeof ts

// TypeScript 7 is another program, whose API is not settled; its own project names the package that keeps the one of 6.
const packages = ['typescript', '@typescript/typescript6']

export interface FoundCompiler {
  /** Of its main file. */
  readonly path: string
  readonly version: string
}

/** The compiler that a project has, or else the one beside this package. */
export function findCompiler(directory: string, own: string): FoundCompiler | undefined {
  for (const from of [directory, own]) {
    for (const name of packages) {
      const found = compilerAt(from, name)
      if (found !== undefined) return found
    }
  }
  return undefined
}

function compilerAt(directory: string, name: string): FoundCompiler | undefined {
  const require = createRequire(join(directory, 'package.json'))
  try {
    const { version } = require(`${name}/package.json`) as { version: string }
    return Number.parseInt(version, 10) < 7 ? { path: require.resolve(name), version } : undefined
  } catch {
    return undefined
  }
}

/** @throws FailedPreconditionError when there is none */
export function loadCompiler(found: FoundCompiler | undefined, file: string): Compiler {
  if (found === undefined) {
    throw new FailedPreconditionError(
      `${file} has tasks whose interface is in their types, and there is no compiler to read it`,
      {
        hint:
          'Install one that has an API: npm install --save-dev @typescript/typescript6 (it goes well with typescript 7), ' +
          'or typescript 5.4 to 6. Or give the tasks inputs and output.',
      },
    )
  }
  return createRequire(import.meta.url)(found.path) as Compiler
}
