import { type Client, createClient } from '@connectrpc/connect'
import { type Settings, type SettingsRecord, SettingsService } from '@tern/idl/settings'
import type { Connection } from './connection.ts'
import { required } from './required.ts'
import type { Scope } from './secrets.ts'

/** Settings of the organization, of domains and of projects: each inherits from the broader ones. */
export class ScopedSettings {
  readonly #connection: Connection
  readonly #service: Client<typeof SettingsService>

  constructor(connection: Connection) {
    this.#connection = connection
    this.#service = createClient(SettingsService, connection.transport)
  }

  /** What is set at a scope and at those it inherits from, the broadest first; version 0 where nothing was ever set. */
  async levels(scope: Scope): Promise<readonly SettingsRecord[]> {
    const { levels } = await this.#connection.call(() => this.#service.getSettingsForEdit({ key: this.#keyOf(scope) }))
    return levels
  }

  /**
   * Replaces what is set at a scope.
   *
   * @param version the one that the caller has seen; 0 where nothing was ever set
   * @throws AlreadyExistsError, AbortedError or FailedPreconditionError when somebody else has changed them since
   */
  async save(scope: Scope, settings: Settings, version: bigint): Promise<SettingsRecord> {
    const key = this.#keyOf(scope)
    const { settingsRecord } = await this.#connection.call(
      async (): Promise<{ settingsRecord?: SettingsRecord | undefined }> =>
        version === 0n
          ? this.#service.createSettings({ key, settings })
          : this.#service.updateSettings({ key, settings, version }),
    )
    return required(settingsRecord, 'settings of that scope')
  }

  #keyOf({ project = '', domain = '' }: Scope) {
    return { org: this.#connection.place.org, project, domain }
  }
}
