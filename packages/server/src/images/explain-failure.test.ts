import { describe, expect, test } from 'vitest'
import { explainFailure } from './explain-failure.ts'

// Printed by pip 23 to 25 and by uv 0.4 to 0.13.
describe('the package is named', () => {
  test.each([
    [
      `ERROR: Could not find a version that satisfies the requirement nosuch (from versions: none)
ERROR: No matching distribution found for nosuch`,
      'the package nosuch was not found',
    ],
    [
      `error: No solution found when resolving dependencies
  cause: Because nosuch was not found in the package registry and you require nosuch, we can conclude that your requirements are unsatisfiable.`,
      'the package nosuch was not found',
    ],
    [
      `  × No solution found when resolving dependencies:
  ╰─▶ Because there is no version of six==99.9 and you require six==99.9, we
      can conclude that your requirements are unsatisfiable.`,
      'the package six==99.9 was not found',
    ],
    [
      `ERROR: Cannot install a==1 and b==2 because these package versions have conflicting dependencies.

The conflict is caused by:
    The user requested b==2
    a 1 depends on b<2`,
      'a==1 and b==2 do not go together',
    ],
    [
      `error: No solution found when resolving dependencies
  cause: Because a==1 depends on b<2 and you require b==2, we can conclude that your requirements and a==1 are incompatible.`,
      'the requirements do not go together: a==1 depends on b<2 and you require b==2',
    ],
    [
      `  × Failed to build \`broken==1.0\`
  ├─▶ The build backend returned an error`,
      'the package broken==1.0 could not be built',
    ],
    [
      `Collecting fine
Collecting broken==1.0
  Getting requirements to build wheel did not run successfully.
error: subprocess-exited-with-error`,
      'the package broken==1.0 could not be built',
    ],
    [
      "ERROR: Package 'new' requires a different Python: 3.11.7 not in '>=3.12'",
      'the package new does not support this Python',
    ],
    ["ERROR: Invalid requirement: 'foo!bar'", 'foo!bar is no requirement'],
    [
      'error: Failed to parse: `foo!bar`\n  cause: no such comparison operator "!"\n         foo!bar',
      'foo!bar is no requirement',
    ],
    ['\nUsage:\n\nno such option: --nosuch', 'the installer has no option --nosuch'],
    ["error: unexpected argument '--nosuch' found", 'the installer has no option --nosuch'],
    ['Resolved 1 package\nerror: something else\nbye', 'error: something else'],
    ['something else', 'something else'],
    ['', 'the installer gave no reason'],
  ])('%j', (text, reason) => {
    expect(explainFailure(text.split('\n'))).toEqual({ reason, isTransient: false })
  })
})

test.each([
  [
    `WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)': /simple/six/
ERROR: No matching distribution found for six`,
    'the package index could not be reached',
  ],
  [
    'error: Failed to fetch: http://127.0.0.1:9/simple/six/\n  cause: error sending request',
    'the package index could not be reached',
  ],
  ['OSError: [Errno 28] No space left on device', 'the disk is full'],
])('what may work another time is told apart: %j', (text, reason) => {
  expect(explainFailure(text.split('\n'))).toEqual({ reason, isTransient: true })
})
