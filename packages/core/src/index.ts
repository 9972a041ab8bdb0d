export {
  AbortedError,
  ActionAbortedError,
  AlreadyExistsError,
  ConditionTimedOutError,
  type ConnectCodeName,
  DataValidationError,
  type ErrorKind,
  FailedPreconditionError,
  InternalError,
  InvalidArgumentError,
  isNonRecoverableError,
  isRecoverableError,
  isTernError,
  NonRecoverableError,
  NotFoundError,
  PermissionDeniedError,
  RecoverableError,
  ResourceExhaustedError,
  TaskFailedError,
  type TaskFailedErrorOptions,
  TaskTimeoutError,
  TernError,
  type TernErrorOptions,
  UnauthenticatedError,
  UnavailableError,
  UnimplementedError,
} from './errors.ts'
export {
  type Duration,
  type DurationInput,
  type DurationParts,
  durationMs,
  formatDuration,
  fromProtoDuration,
  isDurationParts,
  isDurationText,
  parseDuration,
  toProtoDuration,
} from './duration.ts'
export { compareQuantities, quantityNanos, quantityValue, toQuantity } from './quantity.ts'
export { literalTypes, type VariableInput, typedInterface } from './literal-types.ts'
export { acceptsNone, isDateType, isTupleType, transformerTag, transformerTags, typesEqual } from './literal-types.ts'
export { isCastable } from './castable.ts'
export { closest, formatPath, type PathStep, typeAtPath, typeOfJsonSchema, unionOf } from './type-at-path.ts'
export { describeType } from './describe-type.ts'
export { describeValue } from './describe-value.ts'
export { jsonToLiteral, toLiteral } from './to-literal.ts'
export { fromLiteral } from './from-literal.ts'
export { checkLiteral } from './check-literal.ts'
export {
  binaryLiteral,
  blobLiteral,
  collectionLiteral,
  mapLiteral,
  noneLiteral,
  primitiveLiteral,
  scalarLiteral,
} from './literal-messages.ts'
export { literalToJson, valueToJson } from './literal-json.ts'
export { parseJsonExactly, parseText } from './parse-text.ts'
export {
  checkInputs,
  encodeInputs,
  encodeOutputs,
  fromInputs,
  fromOutputs,
  type TaskValues,
  toInputs,
  type ToInputsOptions,
  toOutputs,
} from './task-values.ts'
export type { ValueSource } from './value-source.ts'
export type { DirectoryReference, FileReference, ReferenceInput, TableReference } from './references.ts'
export {
  fromErrorDocument,
  fromExecutionError,
  fromTaskError,
  fromTaskFailure,
  type TaskFailure,
  toErrorDocument,
  toErrorInfo,
  toExecutionError,
  toTaskError,
  toTaskFailure,
} from './task-error.ts'
export { isSuccessPhase, isTerminalPhase, type PhaseName, phaseName, phaseOfName } from './phases.ts'
export {
  checkActionName,
  checkDomainName,
  checkEnvironmentName,
  checkOrgName,
  checkProjectName,
  checkRunName,
  checkTaskName,
  checkTaskVersion,
  checkTriggerName,
  functionNameOf,
  nameLimits,
  newRunName,
  rootActionName,
  truncateText,
} from './identifiers.ts'
export { GrowingBuffer } from './growing-buffer.ts'
export {
  cacheKey,
  inputsHash,
  interfaceHash,
  literalRepresentation,
  previewKey,
  sha256Base64,
  subActionName,
  type SubActionNameParts,
  taskIdentity,
  traceActionName,
} from './hashing.ts'
export { plainLiteral, typedLiteral } from './plain-literals.ts'
export { toBinaryDeterministic } from './deterministic.ts'
export { decodeMsgpack, encodeMsgpack, Float } from './msgpack.ts'
export { canonicalMsgpack } from './msgpack-canonical.ts'
export { formatTimestamp, fromTimestamp, isTimestampInRange, parseTimestamp, toTimestamp } from './timestamps.ts'
export { type Backoff, backoffDelayMs, checkBackoff, retryInPlace, type RetryInPlaceOptions } from './backoff.ts'
export { type Clock, systemClock } from './clock.ts'
export { assertNever } from './assert-never.ts'
export { compareText } from './compare-text.ts'
export { isRecord, setOwn } from './plain-object.ts'
export { isLoopback } from './loopback.ts'
export {
  fillNotification,
  httpMethodName,
  type NotificationFacts,
  type NotificationRequest,
  toNotificationRequest,
} from './notifications.ts'
export {
  type OverridableOption,
  overridableOptions,
  overrideTaskSpec,
  type TaskSpecOverride,
} from './override-task-spec.ts'
