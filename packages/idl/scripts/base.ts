import { globSync, readFileSync } from 'node:fs'
import { createRequire, registerHooks, stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { DescFile } from '@bufbuild/protobuf'
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt'

const packageRoot = dirname(createRequire(import.meta.url).resolve('@flyteorg/flyteidl2/package.json'))

/**
 * Every file descriptor of the npm package `@flyteorg/flyteidl2` and of what it imports, imports first.
 *
 * The package ships generated TypeScript only, the descriptors embedded in it, and Node strips no types inside
 * node_modules. Its modules are therefore loaded through a hook of our own; `transform`, because they contain enums.
 */
export async function loadBaseFiles(): Promise<FileDescriptorProto[]> {
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      const isPackageSource = url.startsWith(pathToFileURL(packageRoot).href) && url.endsWith('.ts')
      if (!isPackageSource) return nextLoad(url, context)
      const source = stripTypeScriptTypes(readFileSync(new URL(url), 'utf8'), { mode: 'transform' })
      return { format: 'module', source, shortCircuit: true }
    },
  })
  try {
    const found = new Map<string, FileDescriptorProto>()
    for (const path of globSync('**/*_pb.ts', { cwd: packageRoot }).sort()) {
      const module: Record<string, unknown> = await import(pathToFileURL(join(packageRoot, path)).href)
      for (const value of Object.values(module)) {
        if (isDescFile(value)) collect(value, found)
      }
    }
    return [...found.values()]
  } finally {
    hooks.deregister()
  }
}

function isDescFile(value: unknown): value is DescFile {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'file'
}

function collect(file: DescFile, found: Map<string, FileDescriptorProto>): void {
  if (found.has(file.proto.name)) return
  for (const dependency of file.dependencies) collect(dependency, found)
  found.set(file.proto.name, file.proto)
}
