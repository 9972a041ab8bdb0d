import { createRootRoute, createRoute, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router'
import { NotFoundPage } from './not-found-page.tsx'
import { rememberScope } from './scope.ts'
import { pickSearch } from './search.ts'
import { Shell } from './shell.tsx'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/home/home-page.tsx'), 'HomePage'),
})

/** Everything of one project and domain. */
const scope = createRoute({
  getParentRoute: () => root,
  path: '/v2/domain/$domain/project/$project',
  beforeLoad: ({ params }) => rememberScope(params),
  component: Outlet,
})

const scopeIndex = createRoute({
  getParentRoute: () => scope,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/v2/domain/$domain/project/$project/runs', params, replace: true })
  },
})

const runs = createRoute({
  getParentRoute: () => scope,
  path: 'runs',
  // What the runs are narrowed down to: pages/runs/run-filters.ts.
  validateSearch: pickSearch(
    'q',
    'phase',
    'task',
    'version',
    'since',
    'from',
    'to',
    'label',
    'by',
    'source',
    'trigger',
  ),
  component: lazyRouteComponent(() => import('../pages/runs/runs-page.tsx'), 'RunsPage'),
})

const run = createRoute({
  getParentRoute: () => scope,
  path: 'runs/$run',
  // view: tree, timeline or graph; a: the selected row; tab: of its details; q, phase: filters; open, shut: rows that
  // are unfolded or folded against the usual; attempt, line, find: of the logs; range: of the timeline.
  validateSearch: pickSearch('view', 'a', 'tab', 'q', 'phase', 'open', 'shut', 'attempt', 'line', 'find', 'range'),
  component: lazyRouteComponent(() => import('../pages/run/run-page.tsx'), 'RunPage'),
})

const tasks = createRoute({
  getParentRoute: () => scope,
  path: 'tasks',
  validateSearch: pickSearch('q'),
  component: lazyRouteComponent(() => import('../pages/tasks/tasks-page.tsx'), 'TasksPage'),
})

const task = createRoute({
  getParentRoute: () => scope,
  path: 'tasks/$task',
  // launch: whether the form that starts a run is open.
  validateSearch: pickSearch('version', 'launch'),
  component: lazyRouteComponent(() => import('../pages/tasks/task-page.tsx'), 'TaskPage'),
})

const triggers = createRoute({
  getParentRoute: () => scope,
  path: 'triggers',
  validateSearch: pickSearch('task'),
  component: lazyRouteComponent(() => import('../pages/triggers/triggers-page.tsx'), 'TriggersPage'),
})

const trigger = createRoute({
  getParentRoute: () => scope,
  path: 'triggers/$task/$trigger',
  component: lazyRouteComponent(() => import('../pages/triggers/trigger-page.tsx'), 'TriggerPage'),
})

const artifacts = createRoute({
  getParentRoute: () => scope,
  path: 'artifacts',
  validateSearch: pickSearch('q'),
  component: lazyRouteComponent(() => import('../pages/artifacts/artifacts-page.tsx'), 'ArtifactsPage'),
})

const artifact = createRoute({
  getParentRoute: () => scope,
  path: 'artifacts/$artifact',
  validateSearch: pickSearch('version'),
  component: lazyRouteComponent(() => import('../pages/artifacts/artifact-page.tsx'), 'ArtifactPage'),
})

const secrets = createRoute({
  getParentRoute: () => scope,
  path: 'secrets',
  component: lazyRouteComponent(() => import('../pages/secrets/secrets-page.tsx'), 'SecretsPage'),
})

export const routeTree = root.addChildren([
  home,
  scope.addChildren([scopeIndex, runs, run, tasks, task, triggers, trigger, artifacts, artifact, secrets]),
])
