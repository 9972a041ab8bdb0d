import type { Generated } from 'kysely'

/** Of the servers themselves, and of their settings. */
export interface ServerTables {
  servers: ServersTable
  images: ImagesTable
  background_turns: BackgroundTurnsTable
  settings: SettingsTable
  secrets: SecretsTable
}

/** The servers that share a database; none where it is embedded. Each holds an advisory lock of its number. */
export interface ServersTable {
  id: Generated<number>
  /** Where the others reach it; empty while it starts. */
  url: string
  version: string
  /** JSON: what tells the keys of servers apart, by the name of the key. */
  keys: string
  /** Grows while the server is well. */
  beat: number
  /** How many messages it has sent to the others. */
  notified: number
  started_at: number
}

/** Images that were built: by name, what was built last. */
export interface ImagesTable {
  /** With its tag. */
  name: string
  /** Of what it is made of. */
  digest: string
  run_project: string
  run_domain: string
  run_name: string
  built_at: number
}

/** What one server does at a time. */
export interface BackgroundTurnsTable {
  name: string
  /** Tells servers apart. */
  holder: string
  /** Then the turn may be taken by another. */
  held_until: number
}

/** What is set for all, for a domain, or for a project in a domain. */
export interface SettingsTable {
  /** Empty, as is the project, for what is set for all. */
  domain: string
  /** Empty for what is set for a domain. */
  project: string
  /** flyteidl2.settings.Settings, as it was set: without what is inherited. */
  settings: Uint8Array
  /** From 1; every change adds one. */
  version: number
  created_at: number
  updated_at: number
}

/** Secrets of all, of a domain, or of a project in a domain. */
export interface SecretsTable {
  /** Empty, as is the project, for a secret of all. */
  domain: string
  /** Empty for a secret of a domain. */
  project: string
  name: string
  /** flyteidl2.secret.SecretType */
  type: number
  /** Tells which key the value is sealed with. */
  key_id: string
  /** The value, encrypted. */
  sealed_value: Uint8Array
  created_at: number
  updated_at: number
}
