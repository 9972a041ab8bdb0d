import { registry, services } from '@tern/idl'
import { abortAnywhere } from './abort-anywhere.ts'
import type { ApiParts } from './api-parts.ts'
import { type ArtifactWork, createArtifactWork } from './artifact-work.ts'
import { type ApiDomain, createDomain } from './domain.ts'
import { logAccess } from './interceptors/access-log.ts'
import { mapErrors } from './interceptors/errors.ts'
import { fillOrg } from './interceptors/fill-org.ts'
import { shortenTexts } from './interceptors/shorten-texts.ts'
import { validate } from './interceptors/validate.ts'
import { learnRules } from './learn-rules.ts'
import { Console } from './pages/console.ts'
import { toRequestId } from './request-context.ts'
import { noAuthorizationServer } from './services/auth-metadata-service.ts'
import { judgedLater } from './services/judged-later.ts'
import { createRoutes } from './services/routes.ts'
import type { LaunchPlanResolver } from '../executors/in-process/launch-plan-executor.ts'
import { firingRequest } from '../triggers/firing-request.ts'
import { Firings } from '../triggers/firings.ts'
import { Scheduler } from '../triggers/scheduler.ts'
import type { Notifications } from '../notifications/notifications.ts'
import type { Triggers } from '../triggers/triggers.ts'
import { signalPath } from '../conditions/signal-links.ts'
import { downloadPath, passedFilePath, uploadPath } from './transport/file-paths.ts'
import { FileRoutes } from './transport/file-routes.ts'
import {
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  headerOf,
  pathOf,
  sendJson,
  sendText,
} from './transport/http-message.ts'
import { SignalRoute } from './transport/signal-route.ts'
import { createRpcHandler } from './transport/rpc-handler.ts'
import { closeUnreadRequest } from './transport/unread-request.ts'
import { WebAccess } from './transport/web-access.ts'

export interface Api {
  /** Answers one HTTP request. */
  readonly handle: HttpHandler
  /** Makes the first project of a new store. To be awaited before requests are served. */
  seed(): Promise<void>
  /** Does what the first requests would otherwise wait for. To be called once requests are served. */
  warmUp(): void
  /** Starts runs of triggers by their schedules, once it is started. */
  readonly scheduler: Scheduler
  /** Makes artifacts of outputs, and starts runs for artifacts, once it is started. */
  readonly artifactWork: ArtifactWork
  readonly triggers: Triggers
  /** What launch plans run, that workflows and tasks call. */
  readonly planNodes: LaunchPlanResolver
  /** Tells others that runs have ended, once it is started. */
  readonly notifications: Notifications
  /** Ends streams, as if they had nothing more to say; clients subscribe again. To be called before the listener stops. */
  endStreams(): void
}

type Route = (request: HttpRequest, response: HttpResponse) => void

/** Everything the server answers, over HTTP/1.1 and HTTP/2 alike. */
export function createApi(parts: ApiParts): Api {
  const domain = createDomain(parts)
  const { logger, config } = parts
  const shutdown = new AbortController()
  const rpc = createRpcHandler({
    routes: createRoutes(domain, services),
    interceptors: [
      logAccess(logger),
      mapErrors(logger),
      fillOrg(config.org),
      shortenTexts(),
      validate(domain.check, judgedLater),
    ],
    maxRequestBytes: config.maxRequestBytes,
    registry,
    shutdownSignal: shutdown.signal,
    logger,
  })
  const access = new WebAccess(config)
  const files = new FileRoutes(domain)
  const webApp = new Console(logger)
  const signals = new SignalRoute(domain)
  const routes = new Map<string, Route>([
    ['/healthz', (_request, response) => sendText(response, 200, 'OK')],
    ['/readyz', (_request, response) => void answerReadiness(parts, response)],
    ['/.well-known/oauth-authorization-server', answerOAuthMetadata],
    [uploadPath, (request, response) => files.upload(request, response)],
    [downloadPath, (request, response) => files.download(request, response)],
    [passedFilePath, (request, response) => files.passedFile(request, response)],
    [signalPath, (request, response) => signals.handle(request, response)],
  ])
  return {
    handle(request, response) {
      const requestId = toRequestId(headerOf(request, 'x-request-id'))
      response.setHeader('x-request-id', requestId)
      closeUnreadRequest(request, response)
      if (access.answer(request, response) || rpc(request, response, requestId) || webApp.handle(request, response))
        return
      const route = routes.get(pathOf(request))
      if (route === undefined) answerNothingHere(request, response)
      else route(request, response)
    },
    seed: () => domain.projects.seed(),
    warmUp: () => learnRules(domain.check),
    scheduler: createScheduler(domain),
    artifactWork: createArtifactWork(domain),
    triggers: domain.triggers,
    planNodes: domain.planNodes,
    notifications: domain.notifications,
    endStreams: () => shutdown.abort(),
  }
}

function createScheduler({ repositories, triggers, runs, config, clock, logger }: ApiDomain): Scheduler {
  const firings = new Firings({
    repository: repositories.firings,
    triggers: repositories.triggers,
    async start(key, at) {
      await runs.create(firingRequest(config.org, key, at), undefined)
    },
    abort: abortAnywhere(runs, config.org),
    clock,
  })
  return new Scheduler({
    repository: repositories.triggers,
    changes: triggers,
    firings,
    clock,
    logger: logger.child({ part: 'scheduler' }),
  })
}

async function answerReadiness({ readiness = [], logger }: ApiParts, response: HttpResponse): Promise<void> {
  try {
    for (const probe of readiness) await probe()
    sendText(response, 200, 'OK')
  } catch (error) {
    logger.warn({ err: error }, 'not ready')
    sendText(response, 503, error instanceof Error ? error.message : String(error))
  }
}

function answerOAuthMetadata(request: HttpRequest, response: HttpResponse): void {
  if (request.method === 'GET') return sendText(response, 501, noAuthorizationServer().message)
  response.setHeader('allow', 'GET')
  sendText(response, 405, 'use GET')
}

const rpcPath = /^\/[\w.]+\.\w+\/\w+$/

function answerNothingHere(request: HttpRequest, response: HttpResponse): void {
  const path = pathOf(request)
  if (rpcPath.test(path)) sendJson(response, 404, { code: 'unimplemented', message: `there is no RPC ${path}` })
  else sendJson(response, 404, { code: 'not_found', message: `there is nothing at ${path}` })
}
