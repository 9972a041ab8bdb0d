/** Artifacts: values that are kept by name. */
export interface ArtifactTables {
  artifacts: ArtifactsTable
  artifact_metadata: ArtifactMetadataTable
  artifact_names: ArtifactNamesTable
  artifact_progress: ArtifactProgressTable
  artifact_producers: ArtifactProducersTable
  artifact_specs: ArtifactSpecsTable
}

/** Versions of artifacts: values with a name. */
export interface ArtifactsTable {
  /** One more than that of the one created before, without gaps: what is there with a position has all before it. */
  position: number
  project: string
  domain: string
  name: string
  version: string
  /** flyteidl2.artifact.ArtifactSpec; without its value when that is at `value_uri`. */
  spec: Uint8Array
  /** Full path of a serialized flyteidl2.core.Literal. */
  value_uri: string | null
  /** Of the serialized value, in bytes. */
  value_size: number
  /** Of what the version is: creating the same again gives the same version, something else is refused. */
  digest: string
  /** The run and action that produced it, in its own project and domain. */
  source_run: string | null
  source_action: string | null
  source_external_ref: string | null
  /** flyteidl2.common.EnrichedIdentity. */
  created_by: Uint8Array | null
  created_by_subject: string | null
  created_at: number
}

/** The metadata that users gave artifacts, again, so that lists can be filtered by it. */
export interface ArtifactMetadataTable {
  position: number
  key: string
  value: string
}

/** Names of artifacts, with their latest versions. */
export interface ArtifactNamesTable {
  project: string
  domain: string
  name: string
  /** Position of the latest version. */
  latest: number
  versions: number
  created_at: number
  /** When the latest version was created. */
  updated_at: number
}

/** One row: the last position given, and how far those are who follow artifacts and the outputs that become them. */
export interface ArtifactProgressTable {
  id: number
  last_position: number
  /** Triggers have fired for the artifacts up to this position. */
  fired_to: number
  /** Outputs of actions that ended before this time have been recorded. */
  recorded_to: number
  /** Specs that came before this time have been looked at. */
  specs_read_to: number
}

/** Actions whose outputs have been made artifacts, those that are to be. */
export interface ArtifactProducersTable {
  run_id: number
  seq: number
}

/** Specs of tasks whose outputs may be artifacts. */
export interface ArtifactSpecsTable {
  digest: string
}
