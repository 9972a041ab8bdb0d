import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  AlreadyExistsError,
  type Clock,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
} from '@tern/core'
import { ScopeLevel, type Settings, SettingsSchema } from '@tern/idl/settings'
import type { Projects } from '../projects/projects.ts'
import type { SettingsRepository, SettingsScope } from '../store/settings-repository.ts'
import { checkSettings } from './check-settings.ts'
import { resolveSettings } from './resolve-settings.ts'
import { leafAt, leafPlaces } from './setting-leaves.ts'

export interface ScopedSettingsParts {
  readonly repository: SettingsRepository
  readonly projects: Projects
  readonly clock: Clock
  /** Checks where runs are to be placed. Throws InvalidArgumentError. */
  readonly checkDirectory: (directory: string, field: string) => void
}

/** What is set at one scope. */
export interface SettingsRecord {
  readonly scope: SettingsScope
  readonly settings: Settings
  /** 0 where nothing was ever set. */
  readonly version: number
}

/** Settings of all, of domains and of projects, each inheriting from the broader ones. */
export class ScopedSettings {
  readonly #parts: ScopedSettingsParts

  constructor(parts: ScopedSettingsParts) {
    this.#parts = parts
  }

  /**
   * What is set at a scope and at those it inherits from, the broadest first.
   *
   * Throws InvalidArgumentError for a project without a domain, NotFoundError for an unknown project or domain.
   */
  async levels(scope: SettingsScope): Promise<ReadonlyArray<SettingsRecord>> {
    await this.#require(scope)
    return this.#read(scope)
  }

  /** What holds for a scope, of which every setting names the level it is from. Throws like `levels`. */
  async effective(scope: SettingsScope): Promise<SettingsRecord> {
    const levels = await this.levels(scope)
    return { scope, settings: resolve(levels), version: levels.at(-1)?.version ?? 0 }
  }

  /** What holds for runs of a project in a domain, which are known to exist. */
  async forRuns(scope: SettingsScope): Promise<Settings> {
    return resolve(await this.#read(scope))
  }

  /** Throws AlreadyExistsError when something was set for the scope before. */
  async create(scope: SettingsScope, settings: Settings): Promise<SettingsRecord> {
    await this.#require(scope)
    const stored = this.#prepare(scope, settings)
    if (!(await this.#parts.repository.create(scope, toBinary(SettingsSchema, stored), this.#parts.clock.now()))) {
      throw new AlreadyExistsError(`settings of ${inWords(scope)} exist already`, { hint: readAgain })
    }
    return { scope, settings: stored, version: 1 }
  }

  /**
   * Replaces what is set for a scope.
   *
   * Throws NotFoundError where nothing was ever set, FailedPreconditionError when it has another version by now.
   */
  async update(scope: SettingsScope, settings: Settings, version: number): Promise<SettingsRecord> {
    if (version < 1) {
      throw new InvalidArgumentError('version: value is required', { field: 'version', hint: readAgain })
    }
    await this.#require(scope)
    const { repository, clock } = this.#parts
    const stored = this.#prepare(scope, settings)
    if (!(await repository.replace(scope, toBinary(SettingsSchema, stored), version, clock.now()))) {
      throw await this.#conflict(scope, version)
    }
    return { scope, settings: stored, version: version + 1 }
  }

  #prepare(scope: SettingsScope, settings: Settings): Settings {
    checkSettings(settings, this.#parts.checkDirectory)
    const level = levelOf(scope)
    for (const place of leafPlaces) {
      const leaf = leafAt(settings, place)
      if (leaf !== undefined) leaf.scopeLevel = level
    }
    return settings
  }

  async #read(scope: SettingsScope): Promise<ReadonlyArray<SettingsRecord>> {
    const stored = await this.#parts.repository.levels(scope)
    return scopesTo(scope).map((level) => {
      const found = stored.find(({ domain, project }) => domain === level.domain && project === level.project)
      if (found === undefined) return { scope: level, settings: create(SettingsSchema), version: 0 }
      return { scope: level, settings: fromBinary(SettingsSchema, found.settings), version: found.version }
    })
  }

  async #require({ domain, project }: SettingsScope): Promise<void> {
    const { projects } = this.#parts
    if (project !== '' && domain === '') {
      throw new InvalidArgumentError('key.domain: value is required with a project', {
        field: 'key.domain',
        hint: 'Settings are for all, for a domain, or for a project in a domain.',
      })
    }
    if (project !== '') await projects.require(project, domain)
    else if (domain !== '') projects.requireDomain(domain)
  }

  async #conflict(scope: SettingsScope, version: number): Promise<NotFoundError | FailedPreconditionError> {
    const current = (await this.#read(scope)).at(-1)?.version ?? 0
    if (current === 0) {
      return new NotFoundError(`there are no settings of ${inWords(scope)}`, { hint: 'Create them first.' })
    }
    return new FailedPreconditionError(
      `settings of ${inWords(scope)} are at version ${current} by now, not at ${version}`,
      { hint: readAgain },
    )
  }
}

const readAgain = 'Read them with GetSettingsForEdit, and update that version.'

function resolve(levels: ReadonlyArray<SettingsRecord>): Settings {
  return resolveSettings(levels.map(({ scope, settings }) => ({ level: levelOf(scope), settings })))
}

function scopesTo({ domain, project }: SettingsScope): ReadonlyArray<SettingsScope> {
  const scopes = [{ domain: '', project: '' }]
  if (domain !== '') scopes.push({ domain, project: '' })
  if (project !== '') scopes.push({ domain, project })
  return scopes
}

function levelOf({ domain, project }: SettingsScope): ScopeLevel {
  if (project !== '') return ScopeLevel.PROJECT
  return domain === '' ? ScopeLevel.ORG : ScopeLevel.DOMAIN
}

function inWords({ domain, project }: SettingsScope): string {
  if (project !== '') return `project ${project} in domain ${domain}`
  return domain === '' ? 'the organisation' : `domain ${domain}`
}
