import { stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { BlobType_BlobDimensionality, type Literal, type Scalar } from '@tern/idl/core'
import type { Inputs } from '@tern/idl/task'
import { DataFrame, Dir, File } from '@tern/sdk'
import { type Place, storeAll } from '@tern/sdk/internal'
import { UsageError } from '../usage-error.ts'
import type { InputFlag } from './input-flags.ts'

/** Values of flags, and which paths in them are files or folders of this machine. */
export interface GivenFiles {
  readonly given: ReadonlyMap<string, Literal>
  readonly local: ReadonlySet<string>
}

/**
 * Finds the files that flags name by their paths. What has a scheme, such as `s3://`, is left as it is; with `file://` it is
 * a file of the server's machine.
 *
 * @throws UsageError naming the flag whose file is not there, or is of another kind
 */
export async function findGivenFiles(
  flags: readonly InputFlag[],
  given: ReadonlyMap<string, Literal>,
  cwd: string,
): Promise<GivenFiles> {
  const local = new Set<string>()
  const found = new Map<string, Literal>()
  for (const [input, literal] of given) {
    const flag = flags.find((one) => one.input === input)?.flag ?? input
    const change = async (reference: Reference): Promise<Reference> => {
      if (reference.uri.startsWith('file://')) return { ...reference, uri: reference.uri.slice('file://'.length) }
      if (/^[a-z][a-z0-9+.-]*:/i.test(reference.uri)) return reference
      const uri = resolve(cwd, reference.uri)
      const format = await checkKind({ ...reference, uri }, flag)
      local.add(uri)
      return { ...reference, uri, format }
    }
    found.set(input, await changeReferences(literal, change))
  }
  return { given: found, local }
}

/** Inputs with the files of this machine that were given put where the task finds them. */
export async function storeGivenFiles(
  inputs: Inputs,
  { given, local }: GivenFiles,
  place: () => Place,
): Promise<Inputs> {
  if (local.size === 0) return inputs
  const there = place()
  const change = async (reference: Reference): Promise<Reference> => {
    if (!local.has(reference.uri)) return reference
    const stored = (await storeAll(toValue(reference), there)) as File | Dir | DataFrame
    return { ...reference, uri: stored.uri, hash: stored.hash ?? '' }
  }
  const literals = inputs.literals.map(async (named) => {
    if (named.value === undefined || !given.has(named.name)) return named
    return { ...named, value: await changeReferences(named.value, change) }
  })
  return { ...inputs, literals: await Promise.all(literals) }
}

type Kind = 'file' | 'folder' | 'table'

interface Reference {
  readonly kind: Kind
  readonly uri: string
  readonly format: string
  readonly hash: string
}

function toValue({ kind, uri }: Reference): File | Dir | DataFrame {
  if (kind === 'file') return File.fromLocal(uri)
  return kind === 'folder' ? Dir.fromLocal(uri) : DataFrame.fromLocal(uri)
}

/** @returns the format */
async function checkKind({ kind, uri, format }: Reference, flag: string): Promise<string> {
  const found = await stat(uri).catch(() => undefined)
  if (found === undefined) {
    throw new UsageError(`--${flag}: ${uri} does not exist`, {
      hint: 'Give the path of a file here, or a URI; file:///path is a file of the server’s machine.',
    })
  }
  if (kind === 'file' && !found.isFile()) throw new UsageError(`--${flag}: ${uri} is a folder, and a file is wanted`)
  if (kind === 'folder' && !found.isDirectory()) {
    throw new UsageError(`--${flag}: ${uri} is a file, and a folder is wanted`)
  }
  if (kind !== 'table') return format
  const ending = extname(uri).toLowerCase()
  if (found.isDirectory() || ending === '.parquet') return 'parquet'
  if (ending === '.csv') return 'csv'
  throw new UsageError(`--${flag}: ${uri} is no table`, { hint: 'Tables are .parquet or .csv files.' })
}

async function changeReferences(
  literal: Literal,
  change: (reference: Reference) => Promise<Reference>,
): Promise<Literal> {
  const { value } = literal
  const inner = (item: Literal) => changeReferences(item, change)
  if (value.case === 'collection') {
    const literals = await Promise.all(value.value.literals.map(inner))
    return { ...literal, value: { case: 'collection', value: { ...value.value, literals } } }
  }
  if (value.case === 'map') {
    const entries = Object.entries(value.value.literals).map(async ([key, item]) => [key, await inner(item)] as const)
    const literals = Object.fromEntries(await Promise.all(entries))
    return { ...literal, value: { case: 'map', value: { ...value.value, literals } } }
  }
  if (value.case !== 'scalar') return literal
  const scalar = value.value.value
  if (scalar.case === 'union' && scalar.value.value !== undefined) {
    const changed = await inner(scalar.value.value)
    return withScalar(literal, { case: 'union', value: { ...scalar.value, value: changed } })
  }
  const reference = referenceIn(scalar, literal.hash)
  if (reference === undefined) return literal
  const changed = await change(reference)
  return { ...withScalar(literal, changedScalar(scalar, changed)), hash: changed.hash }
}

function referenceIn(scalar: Scalar['value'], hash: string): Reference | undefined {
  if (scalar.case === 'blob') {
    const type = scalar.value.metadata?.type
    const isFolder = type?.dimensionality === BlobType_BlobDimensionality.MULTIPART
    return { kind: isFolder ? 'folder' : 'file', uri: scalar.value.uri, format: type?.format ?? '', hash }
  }
  if (scalar.case !== 'structuredDataset') return undefined
  const format = scalar.value.metadata?.structuredDatasetType?.format ?? ''
  return { kind: 'table', uri: scalar.value.uri, format, hash }
}

function changedScalar(scalar: Scalar['value'], { uri, format }: Reference): Scalar['value'] {
  if (scalar.case === 'blob') return { case: 'blob', value: { ...scalar.value, uri } }
  if (scalar.case !== 'structuredDataset') return scalar
  const { metadata } = scalar.value
  const type = metadata?.structuredDatasetType
  if (metadata === undefined || type === undefined)
    return { case: 'structuredDataset', value: { ...scalar.value, uri } }
  const described = { ...metadata, structuredDatasetType: { ...type, format } }
  return { case: 'structuredDataset', value: { ...scalar.value, uri, metadata: described } }
}

function withScalar(literal: Literal, value: Scalar['value']): Literal {
  return { ...literal, value: { case: 'scalar', value: { $typeName: 'flyteidl2.core.Scalar', value } } }
}
