import {
  AbortedError,
  AlreadyExistsError,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
} from '@tern/core'
import {
  type EffectiveSetting,
  effectiveSettings,
  readSetting,
  settingFields,
  type SettingsLevel,
  type SettingValue,
  toLevels,
  writeSettings,
} from '@tern/core/settings'
import type { Scope, TernClient } from '@tern/sdk/client'
import { levelOf, type ScopeLevelName, scopeWords } from '../flags/scope.ts'
import { type CliIo, plainColors } from '../io.ts'
import type { TextStyle } from '../output/print-result.ts'
import { CommandError, UsageError } from '../usage-error.ts'
import { EditedFile } from './editor.ts'
import { changesText, type SettingChange, settingChanges } from './settings-changes.ts'
import { parseSettings, type SettingValues, toDocument } from './settings-document.ts'

/** What `tern edit settings` says, also as `-o json`. */
export interface EditedSettingsView {
  readonly level: ScopeLevelName
  readonly project: string | null
  readonly domain: string | null
  /** After the changes. */
  readonly version: number
  readonly saved: boolean
  readonly changes: readonly SettingChange[]
}

export interface SettingsRequest {
  readonly client: TernClient
  readonly scope: Scope
  /** The version that the caller has seen, which they must still have. */
  readonly version?: number | undefined
  readonly isDryRun: boolean
}

/** What is set at a scope now. */
interface Present {
  readonly own: SettingsLevel['record'] | undefined
  readonly version: bigint
  readonly values: SettingValues
  readonly inherited: readonly EffectiveSetting[]
}

/** Makes what a text says the settings of a scope; what it does not say is inherited. */
export async function applySettings(text: string, request: SettingsRequest): Promise<EditedSettingsView> {
  const wanted = parseSettings(text)
  const present = await readPresent(request)
  requireVersion(present, request)
  try {
    return await save(wanted, present, request)
  } catch (error) {
    if (!isConflict(error)) throw error
    const { version } = await readPresent(request)
    throw version === present.version ? error : conflict(present.version, version, request.scope)
  }
}

/**
 * Opens the settings of a scope in the user's editor, and saves what they make of them. When that cannot be, the editor
 * opens again with the reason, until it can, or until nothing is changed any more.
 */
export async function editSettings(request: SettingsRequest, io: CliIo): Promise<EditedSettingsView> {
  let present = await readPresent(request)
  requireVersion(present, request)
  const file = new EditedFile('settings.yaml', io.env)
  let text = toDocument(request.scope, present.version, present.values, present.inherited)
  let isFirst = true
  try {
    for (;;) {
      const edited = await file.edit(text)
      if (edited === text && !isFirst) throw new CommandError('the settings stay as they were')
      try {
        const view = await save(parseSettings(edited), present, request)
        file.remove()
        return view
      } catch (error) {
        const before = present
        if (isConflict(error)) present = await readPresent(request)
        const reason = explain(error, before, present, request.scope)
        if (reason === undefined) throw kept(error, file)
        text = withReason(edited, reason)
      }
      isFirst = false
    }
  } catch (error) {
    if (!(error instanceof KeptFileError)) file.remove()
    throw error
  }
}

export function editedText(view: EditedSettingsView, { colors }: TextStyle): string {
  const scope = { project: view.project ?? undefined, domain: view.domain ?? undefined }
  if (view.changes.length === 0) return `Nothing has changed in the settings for ${scopeWords(scope)}.\n`
  const done = view.saved ? `Saved as version ${view.version}.` : 'Nothing was saved: this was a dry run.'
  return `Settings for ${scopeWords(scope)}:\n${changesText(view.changes, colors)}${done}\n`
}

async function readPresent({ client, scope }: SettingsRequest): Promise<Present> {
  const levels = toLevels(await client.settings.levels(scope))
  const own = levels.at(-1)?.record
  const values = new Map<string, SettingValue>()
  for (const field of settingFields) {
    const value = own?.settings === undefined ? undefined : readSetting(own.settings, field)
    if (value !== undefined) values.set(field.name, value)
  }
  return { own, version: own?.version ?? 0n, values, inherited: effectiveSettings(levels.slice(0, -1)) }
}

async function save(
  wanted: SettingValues,
  { own, version, values }: Present,
  { client, scope, isDryRun }: SettingsRequest,
): Promise<EditedSettingsView> {
  const changes = settingChanges(values, wanted)
  const place = { level: levelOf(scope), project: scope.project ?? null, domain: scope.domain ?? null }
  if (changes.length === 0 || isDryRun) return { ...place, version: Number(version), saved: false, changes }
  const saved = await client.settings.save(scope, writeSettings(wanted, own?.settings), version)
  return { ...place, version: Number(saved.version), saved: true, changes }
}

function requireVersion({ version }: Present, request: SettingsRequest): void {
  if (request.version === undefined || BigInt(request.version) === version) return
  throw conflict(BigInt(request.version), version, request.scope)
}

function conflict(read: bigint, now: bigint, scope: Scope): CommandError {
  return new CommandError(
    `the settings for ${scopeWords(scope)} are at version ${now}, not ${read}: somebody has changed them`,
    { hint: 'Look at them with tern get settings, then try again.' },
  )
}

// What servers say when a version is not the one that was read.
function isConflict(error: unknown): boolean {
  return [FailedPreconditionError, AbortedError, AlreadyExistsError, NotFoundError].some(
    (type) => error instanceof type,
  )
}

/** Why the text could not be saved, for its head; undefined when writing it otherwise would not help. */
function explain(error: unknown, before: Present, now: Present, scope: Scope): string | undefined {
  if (error instanceof UsageError || error instanceof InvalidArgumentError) {
    return [error.message, error.hint].filter(Boolean).join('\n')
  }
  if (before.version === now.version) return undefined
  const theirs = changesText(settingChanges(before.values, now.values), plainColors)
  return `${conflict(before.version, now.version, scope).message}.\nTheir changes:\n${theirs}Save again to have it as it is here.`
}

const mark = '#! '

/** The text with the reason at its head, in place of an earlier one. */
function withReason(text: string, reason: string): string {
  const rest = text
    .split('\n')
    .filter((line) => !line.startsWith(mark))
    .join('\n')
  return `${reason.trimEnd().replace(/^/gm, mark)}\n${rest}`
}

/** The text of the user is not lost. */
class KeptFileError extends CommandError {}

function kept(error: unknown, { path }: EditedFile): KeptFileError {
  return new KeptFileError(error instanceof Error ? error.message : String(error), {
    hint: `What you wrote is kept: tern edit settings --from-file ${path}`,
    cause: error,
  })
}
