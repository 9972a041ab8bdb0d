import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

// A wheel is an archive of a package and of what is said about it.
const script = `
import sys, tarfile
archive, *items = sys.argv[1:]
with tarfile.open(archive, "w:gz") as context:
    for item in items:
        context.add(item, recursive=True)
`

const wheelScript = `
import sys, zipfile
file, name, version = sys.argv[1:]
info = f"{name}-{version}.dist-info"
with zipfile.ZipFile(file, "w") as wheel:
    wheel.writestr(f"{name}/__init__.py", f"version = '{version}'\\n")
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", "")
`

/** The archive that a client sends with an image: files, and wheels of packages with nothing in them, in `wheels`. */
export function aContext(
  packages: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'tern-context-'))
  try {
    mkdirSync(join(folder, 'wheels'))
    for (const [name, version] of Object.entries(packages)) {
      const file = join(folder, 'wheels', `${name}-${version}-py3-none-any.whl`)
      execFileSync('python3', ['-c', wheelScript, file, name, version])
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const tops = [...new Set(['wheels', ...Object.keys(files).map((path) => path.split('/')[0]!)])]
    execFileSync('python3', ['-c', script, 'context.tar.gz', ...tops], { cwd: folder })
    return readFileSync(join(folder, 'context.tar.gz'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
