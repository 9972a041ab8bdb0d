/**
 * What people write tasks and scripts with.
 *
 * @module @tern/sdk
 */
export { TaskEnvironment } from './authoring/task-environment.ts'
export { Checkpoint } from './authoring/checkpoint.ts'
export { ctx, group } from './authoring/context.ts'
export { customContext } from './authoring/custom-context.ts'
export { CodeKind } from './kinds/code-kind.ts'
export { containerTask } from './kinds/container-task.ts'
export { ContainerKind } from './kinds/container-kind.ts'
export { shellTask } from './kinds/shell-task.ts'
export { httpTask } from './kinds/http/http-task.ts'
export { connector } from './kinds/polling/connector.ts'
export { sensor } from './kinds/polling/sensor.ts'
export { urlAnswers } from './kinds/polling/url-answers.ts'
export { TaskKind } from './kinds/task-kind.ts'
export { sqlTask } from './kinds/sql/sql-task.ts'
export { duckdb } from './kinds/sql/duckdb.ts'
export { postgres } from './kinds/sql/postgres.ts'
export { sqlite } from './kinds/sql/sqlite.ts'
export { lazyTask, type LazyTaskOptions } from './authoring/lazy-task.ts'
export { map } from './authoring/map.ts'
export { deployedTask } from './authoring/deployed-task.ts'
export { isTask } from './authoring/task.ts'
export { configure } from './authoring/configure.ts'
export { Report, report, ReportTab } from './authoring/report.ts'
export { chart } from './reports/chart.ts'
export { html, Markup } from './reports/markup.ts'
export { notify } from './authoring/notify.ts'
export { run } from './authoring/run.ts'
export { type ContainerImageOptions, Image } from './images/image.ts'
export { triggeredArtifact, triggerTime } from './authoring/trigger.ts'
export { DataFrame } from './io/data-frame.ts'
export { Dir } from './io/dir.ts'
export { File } from './io/file.ts'
export { artifact } from './types/artifact-schema.ts'
export { trace } from './authoring/trace.ts'
export { condition, newCondition } from './authoring/condition.ts'
export { now, random, sleep } from './authoring/durable-time.ts'
export { duration, type DurationSchema } from './types/duration-schema.ts'
export { registerTransformer } from './types/register-transformer.ts'

export type { TraceOptions, TraceResult } from './authoring/trace.ts'
export type { Condition, ConditionOptions, ConditionValue } from './authoring/condition.ts'
export type {
  AnswerCondition,
  ConditionAnswer,
  ConditionRequest,
  ConditionType,
} from './authoring/condition-request.ts'
export type { ActionContext, RunContext, TaskContext } from './authoring/context.ts'
export type { LogFields, Logger } from './authoring/logger.ts'
export type { ContainerConfig } from './kinds/container-kind.ts'
export type { ContainerTaskOptions } from './kinds/container-task.ts'
export type { ShellConfig } from './kinds/shell-kind.ts'
export type { ShellTaskOptions } from './kinds/shell-task.ts'
export type { DuckDBOptions } from './kinds/sql/duckdb.ts'
export type { PostgresOptions } from './kinds/sql/postgres.ts'
export type { SqlDatabase, SqlRequest, SqlResult } from './kinds/sql/sql-database.ts'
export type { SqlConfig } from './kinds/sql/sql-kind.ts'
export type { SqlTaskOptions } from './kinds/sql/sql-task.ts'
export type { SqliteOptions } from './kinds/sql/sqlite.ts'
export type { BodyTemplate } from './kinds/http/http-template.ts'
export type { HttpConfig, HttpMethod } from './kinds/http/http-kind.ts'
export type { HttpTaskOptions } from './kinds/http/http-task.ts'
export type { JobContext } from './kinds/polling/connector-kind.ts'
export type { ConnectorOptions, SyncConnectorOptions } from './kinds/polling/connector.ts'
export type { JobLink, JobState } from './kinds/polling/job-state.ts'
export type { SensorAnswer, SensorOptions } from './kinds/polling/sensor.ts'
export type { UrlAnswersOptions } from './kinds/polling/url-answers.ts'
export type { WaitConfig } from './kinds/polling/waits.ts'
export type { KindTask } from './kinds/task-kind.ts'
export type { AnyTask, CallOptions, DetachedRun, InputsOf, ResultOf, Task } from './authoring/task.ts'
export type { DerivedTaskOptions, Int, Outputs, TaskOf } from './authoring/derived-types.ts'
export type {
  EachOptions,
  ItemOf,
  Items,
  MapOptions,
  Mapped,
  MappedSettled,
  MappedTask,
  Mapper,
} from './authoring/map.ts'
export type { Accelerator, AcceleratorName, GpuRequest } from './authoring/accelerators.ts'
export type { Link } from './authoring/links.ts'
export type {
  EmailNotification,
  EndPhase,
  Notification,
  SlackNotification,
  TeamsNotification,
  WebhookNotification,
} from './authoring/notify.ts'
export type { PluginConfig } from './authoring/plugin-config.ts'
export type { PodTemplate, PodTemplateOption } from './authoring/pod-template.ts'
export type { ReusePolicy } from './authoring/reuse-policy.ts'
export type { Trigger, TriggerInputs } from './authoring/trigger.ts'
export type {
  CacheOption,
  CachePolicy,
  Documentation,
  Resources,
  RetriesOption,
  RetryPolicy,
  SecretRequest,
  TaskEnvironmentOptions,
  TaskOptions,
  TaskOverrides,
  TimeoutOption,
  TimeoutPolicy,
} from './authoring/task-options.ts'
export type { ChartOptions, ChartRow } from './reports/chart.ts'
export type { ImageOptions } from './reports/image.ts'
export type { DeployedTaskOptions } from './authoring/deployed-task.ts'
export type { LocalClock } from './local/local-clock.ts'
export type { LocalOptions } from './local/local-options.ts'
export type { LocalRunHandle } from './local/local-run.ts'
export type { LocalActionState, LocalAttemptState, LocalCacheState, LocalLogLine } from './local/local-state.ts'
export type { RunError, RunHandle, RunOptions, RunState, WaitOptions } from './authoring/run-handle.ts'
export type { ConfigurationOptions } from './remote/configuration.ts'
export type { ByteRange, HashMethod, StreamSource } from './io/content.ts'
export type { Column, ColumnType, Columns, Row, RowOf } from './io/columns.ts'
export type {
  DataFrameReference,
  DataFrameSchemaOptions,
  NewDataFrameOptions,
  ReadOptions,
} from './io/data-frame.ts'
export type { DirEntry, NewDirOptions, WalkOptions } from './io/dir.ts'
export type { DirContents } from './io/folder-content.ts'
export type { FileReference } from './io/blob-reference.ts'
export type { NewFileOptions } from './io/file.ts'
export type { FileSchema, FileSchemaOptions } from './io/file-schema.ts'
export type { ReferenceSchema } from './io/reference-schema.ts'
export type { Rows } from './io/rows.ts'
export type { EnvironmentChanges } from './authoring/environment-changes.ts'
export type { CustomContext } from './types/inputs-context.ts'
export type { ArtifactOptions } from './types/artifact-schema.ts'
// Types of tasks name them.
export type { NodeOptions, TaskNodeOptions } from './workflows/reference-types.ts'
export type { Schema, Schemas } from './types/standard-schema.ts'
export type { Transformer } from './types/register-transformer.ts'
export type { Duration, DurationInput } from '@tern/core'

// Errors that tasks throw and get.
export {
  ActionAbortedError,
  ConditionTimedOutError,
  DataValidationError,
  NonRecoverableError,
  RecoverableError,
  TaskFailedError,
  TaskTimeoutError,
  TernError,
} from '@tern/core'
