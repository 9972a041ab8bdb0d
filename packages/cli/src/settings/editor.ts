import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CliIo } from '../io.ts'
import { CommandError } from '../usage-error.ts'

/** A file that the user edits, with the editor of their choice; in a folder of its own that only they can read. */
export class EditedFile {
  readonly path: string
  private readonly folder: string
  private readonly env: CliIo['env']

  constructor(name: string, env: CliIo['env']) {
    this.folder = mkdtempSync(join(tmpdir(), 'tern-'))
    this.path = join(this.folder, name)
    this.env = env
  }

  /**
   * Opens the editor on a text, and waits until it is closed.
   *
   * @returns the text as it is then
   * @throws CommandError when the editor does not end well
   */
  async edit(text: string): Promise<string> {
    await writeFile(this.path, text, { mode: 0o600 })
    const editor = this.env['VISUAL'] || this.env['EDITOR'] || (process.platform === 'win32' ? 'notepad' : 'vi')
    const code = await run(editor, this.path, this.env)
    if (code !== 0) {
      throw new CommandError(`the editor ended with ${code}: ${editor}`, {
        hint: 'Set VISUAL or EDITOR to another one, or use --from-file.',
      })
    }
    return readFile(this.path, 'utf8')
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function run(editor: string, path: string, env: CliIo['env']): Promise<number | string> {
  // By the shell, since people have flags in these variables.
  const child =
    process.platform === 'win32'
      ? spawn(`${editor} "${path}"`, { shell: true, stdio: 'inherit', env })
      : spawn('/bin/sh', ['-c', `${editor} "$1"`, 'tern', path], { stdio: 'inherit', env })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'nothing'))
  })
}
