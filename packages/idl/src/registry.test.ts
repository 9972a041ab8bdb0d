import { create, fromJson, toJson } from '@bufbuild/protobuf'
import { AnySchema, anyPack } from '@bufbuild/protobuf/wkt'
import { expect, test } from 'vitest'
import { RunIdentifierSchema } from './common.ts'
import { files, registry, services } from './index.ts'
import { RunService } from './workflow.ts'

test('the registry reads and writes the JSON of an Any', () => {
  const any = anyPack(RunIdentifierSchema, create(RunIdentifierSchema, { name: 'r1' }))
  const json = toJson(AnySchema, any, { registry })
  expect(json).toEqual({ '@type': 'type.googleapis.com/flyteidl2.common.RunIdentifier', name: 'r1' })
  expect(fromJson(AnySchema, json, { registry })).toEqual(any)
})

test('the registry has the descriptors that the entries export', () => {
  expect(registry.getService(RunService.typeName)).toBe(RunService)
  expect(services).toContain(RunService)
  expect(registry.getMessage('tern.worker.v1.WorkerFrame')).toBeDefined()
})

test('every file comes once, after all that it imports', () => {
  const seen = new Set<string>()
  for (const file of files) {
    expect(file.dependencies.filter(({ name }) => !seen.has(name))).toEqual([])
    expect(seen).not.toContain(file.name)
    seen.add(file.name)
  }
})
