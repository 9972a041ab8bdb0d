import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { cliReference } from './cli-reference.ts'

test('docs/cli.md says what the commands say of themselves', async () => {
  await expect(cliReference()).toMatchFileSnapshot(fileURLToPath(new URL('../../../docs/cli.md', import.meta.url)))
})
