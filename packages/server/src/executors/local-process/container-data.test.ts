import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { fromLiteral, jsonToLiteral, literalTypes, typedInterface } from '@tern/core'
import { createStorage } from '@tern/core/storage'
import {
  DataLoadingConfig_FileInputLayout,
  DataLoadingConfig_LiteralMapFormat,
  type DataLoadingConfigSchema,
  type LiteralType,
} from '@tern/idl/core'
import { InputsSchema, OutputsSchema, TaskSpecSchema } from '@tern/idl/task'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { toSpecRecord } from '../../store/specs.ts'
import type { Attempt } from '../executor.ts'
import { ContainerData } from './container-data.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-data-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

type Types = Record<string, LiteralType>
const { integer, string, boolean, file, directory, list } = literalTypes

const { NAMED_DIR } = DataLoadingConfig_FileInputLayout
const { YAML } = DataLoadingConfig_LiteralMapFormat

async function stage(
  inputs: Record<string, readonly [LiteralType, unknown]>,
  outputs: Types = {},
  config: MessageInitShape<typeof DataLoadingConfigSchema> = {},
) {
  const value = create(TaskSpecSchema, {
    taskTemplate: {
      type: 'raw-container',
      interface: typedInterface({ outputs }),
      target: {
        case: 'container',
        value: { dataConfig: { enabled: true, inputPath: '/var/inputs', outputPath: '/var/outputs', ...config } },
      },
    },
  })
  const literals = Object.entries(inputs).map(([name, [type, json]]) => ({ name, value: jsonToLiteral(json, type) }))
  const bytes = toBinary(InputsSchema, create(InputsSchema, { literals }))
  const attempt = { spec: toSpecRecord({ case: 'task', value }), inputs: { bytes } } as unknown as Attempt
  const prefix = join(folder, 'out')
  const paths = {
    input: '',
    outputPrefix: prefix,
    rawOutputDataPrefix: join(folder, 'raw'),
    checkpointOutputPrefix: '',
    prevCheckpointPrefix: '',
    workingDir: join(folder, 'work'),
    tmpDir: '',
  }
  const data = await ContainerData.stage({ attempt, paths, storage: createStorage(folder) })
  return data!
}

const leave = (name: string, text: string) => writeFileSync(join(folder, 'work/outputs', name), text)

function collected(): Record<string, unknown> {
  const { literals } = fromBinary(OutputsSchema, readFileSync(join(folder, 'out/outputs.pb')))
  return Object.fromEntries(literals.map(({ name, value }) => [name, fromLiteral(value!)]))
}

test('values and places of inputs are in the command, and in files', async () => {
  writeFileSync(join(folder, 'rows.csv'), 'a,b')
  mkdirSync(join(folder, 'parts'))
  writeFileSync(join(folder, 'parts/one'), '1')
  const data = await stage({
    n: [integer(), 3],
    yes: [boolean(), true],
    names: [list(string()), ['a', 'b']],
    rows: [file(), join(folder, 'rows.csv')],
    parts: [directory(), join(folder, 'parts')],
  })
  const inputs = join(folder, 'work/inputs')
  expect(data.render('run -n {{.inputs.n}} {{ .Inputs.yes }} {{.inputs.names}} {{.inputs.other}}')).toBe(
    'run -n 3 true ["a","b"] {{.inputs.other}}',
  )
  expect(data.render('cat /var/inputs/rows > /var/outputs/o; ls /var/inputs-of-others')).toBe(
    `cat ${inputs}/rows > ${join(folder, 'work/outputs')}/o; ls /var/inputs-of-others`,
  )
  expect(readFileSync(join(inputs, 'n'), 'utf8')).toBe('3')
  expect(readFileSync(join(inputs, 'rows'), 'utf8')).toBe('a,b')
  expect(readFileSync(join(inputs, 'parts/one'), 'utf8')).toBe('1')
})

test('values stay as they are, whatever they look like', async () => {
  const data = await stage({ path: [string(), '/var/inputs/x'], ask: [string(), '{{.runName}} {{.inputs.path}}'] })
  const name = (text: string) => text.replaceAll('{{.runName}}', 'r1')
  expect(data.render('{{.inputs.path}} {{.inputs.ask}} {{.runName}} /var/inputs/path', name)).toBe(
    `/var/inputs/x {{.runName}} {{.inputs.path}} r1 ${join(folder, 'work/inputs')}/path`,
  )
})

test('files keep their names where the task says so', async () => {
  writeFileSync(join(folder, 'rows.csv'), 'a,b')
  const data = await stage(
    { rows: [file(), join(folder, 'rows.csv')] },
    {},
    { fileInputLayout: NAMED_DIR, format: YAML },
  )
  const place = join(folder, 'work/inputs/rows/rows.csv')
  expect(data.render('{{.inputs.rows}}')).toBe(place)
  expect(readFileSync(place, 'utf8')).toBe('a,b')
  expect(JSON.parse(readFileSync(join(folder, 'work/inputs/inputs.yaml'), 'utf8'))).toEqual({ rows: place })
})

test('what is left as files is what the task returns', async () => {
  const data = await stage({}, { n: integer(), text: string(), rows: file(), parts: directory() })
  leave('n', '4\n')
  leave('text', 'as it is\n')
  leave('rows', 'a,b')
  mkdirSync(join(folder, 'work/outputs/parts'))
  leave('parts/one', '1')
  symlinkSync('one', join(folder, 'work/outputs/parts/latest'))
  expect(await data.collect()).toBeUndefined()
  rmSync(join(folder, 'work'), { recursive: true })
  expect(collected()).toMatchObject({ n: 4, text: 'as it is\n', rows: { uri: join(folder, 'raw/rows') } })
  expect(readFileSync(join(folder, 'raw/rows'), 'utf8')).toBe('a,b')
  expect(readFileSync(join(folder, 'raw/parts/one'), 'utf8')).toBe('1')
  expect(readFileSync(join(folder, 'raw/parts/latest'), 'utf8')).toBe('1')
})

test.each([
  ['missing', '', /left no output n.*\/var\/outputs\/n/],
  ['of another type', 'many', /n/],
])('an output that is %s is an error of the task', async (_, text, message) => {
  const data = await stage({}, { n: integer() })
  if (text !== '') leave('n', text)
  const failure = await data.collect()
  expect(failure).toMatchObject({ code: 'DataValidationError', kind: 'user' })
  expect(failure?.message).toMatch(message)
})
