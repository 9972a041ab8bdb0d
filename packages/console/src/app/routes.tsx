import { createRootRoute, createRoute, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router'
import { untilThere } from '../api/lazy-part.ts'
import { NotFoundPage } from './not-found-page.tsx'
import { rememberScope } from './scope.ts'
import { pickSearch } from './search.ts'
import { Shell } from './shell.tsx'

/** A page whose code comes when it is first shown or pointed at. */
const page: typeof lazyRouteComponent = (load, name) => lazyRouteComponent(untilThere(load), name)

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: page(() => import('../pages/home/home-page.tsx'), 'HomePage'),
})

/** Everything of one project and domain. */
const scope = createRoute({
  getParentRoute: () => root,
  path: '/v2/domain/$domain/project/$project',
  // A link that is pointed at is loaded ahead, and not looked at.
  beforeLoad: ({ params, preload }) => !preload && rememberScope(params),
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
    'plan',
  ),
  component: page(() => import('../pages/runs/runs-page.tsx'), 'RunsPage'),
})

const run = createRoute({
  getParentRoute: () => scope,
  path: 'runs/$run',
  // view: tree, timeline or graph; a: the selected row; tab: of its details; q, phase: filters; open, shut: rows that
  // are unfolded or folded against the usual; attempt, line, find: of the logs; file, line: of the code; again: the action that a form reruns with changes; range: of the timeline.
  validateSearch: pickSearch(
    'view',
    'a',
    'tab',
    'q',
    'phase',
    'open',
    'shut',
    'attempt',
    'line',
    'find',
    'range',
    'file',
    'again',
  ),
  component: page(() => import('../pages/run/run-page.tsx'), 'RunPage'),
})

const compare = createRoute({
  getParentRoute: () => scope,
  path: 'runs/$run/compare',
  // with: the other run; open: pairs of actions that are unfolded; show: `different` for those alone.
  validateSearch: pickSearch('with', 'open', 'show'),
  component: page(() => import('../pages/compare/compare-page.tsx'), 'ComparePage'),
})

const tasks = createRoute({
  getParentRoute: () => scope,
  path: 'tasks',
  validateSearch: pickSearch('q'),
  component: page(() => import('../pages/tasks/tasks-page.tsx'), 'TasksPage'),
})

const task = createRoute({
  getParentRoute: () => scope,
  path: 'tasks/$task',
  // launch: whether the form that starts a run is open, and from: the run that it is filled with; base: what the version is
  // compared with; file, line: of its code.
  validateSearch: pickSearch('version', 'tab', 'base', 'file', 'line', 'launch', 'from'),
  component: page(() => import('../pages/tasks/task-page.tsx'), 'TaskPage'),
})

const triggers = createRoute({
  getParentRoute: () => scope,
  path: 'triggers',
  validateSearch: pickSearch('task'),
  component: page(() => import('../pages/triggers/triggers-page.tsx'), 'TriggersPage'),
})

const trigger = createRoute({
  getParentRoute: () => scope,
  path: 'triggers/$task/$trigger',
  component: page(() => import('../pages/triggers/trigger-page.tsx'), 'TriggerPage'),
})

const workflows = createRoute({
  getParentRoute: () => scope,
  path: 'workflows',
  validateSearch: pickSearch('q'),
  component: page(() => import('../pages/workflows/workflows-page.tsx'), 'WorkflowsPage'),
})

const workflow = createRoute({
  getParentRoute: () => scope,
  path: 'workflows/$workflow',
  // What they mean: pages/workflows/workflow-search.ts.
  validateSearch: pickSearch('version', 'view', 'node', 'open', 'shut', 'against', 'launch'),
  component: page(() => import('../pages/workflows/workflow-page.tsx'), 'WorkflowPage'),
})

const launchPlans = createRoute({
  getParentRoute: () => scope,
  path: 'launch-plans',
  validateSearch: pickSearch('q'),
  component: page(() => import('../pages/launch-plans/launch-plans-page.tsx'), 'LaunchPlansPage'),
})

const launchPlan = createRoute({
  getParentRoute: () => scope,
  path: 'launch-plans/$plan',
  // Without a version, the active one; launch: whether the form that starts a run is open.
  validateSearch: pickSearch('version', 'launch'),
  component: page(() => import('../pages/launch-plans/launch-plan-page.tsx'), 'LaunchPlanPage'),
})

const artifacts = createRoute({
  getParentRoute: () => scope,
  path: 'artifacts',
  validateSearch: pickSearch('q'),
  component: page(() => import('../pages/artifacts/artifacts-page.tsx'), 'ArtifactsPage'),
})

const artifact = createRoute({
  getParentRoute: () => scope,
  path: 'artifacts/$artifact',
  validateSearch: pickSearch('version'),
  component: page(() => import('../pages/artifacts/artifact-page.tsx'), 'ArtifactPage'),
})

const secrets = createRoute({
  getParentRoute: () => scope,
  path: 'secrets',
  component: page(() => import('../pages/secrets/secrets-page.tsx'), 'SecretsPage'),
})

const queues = createRoute({
  getParentRoute: () => scope,
  path: 'queues',
  // of: all or project, whose waits are shown; group: the one that is unfolded.
  validateSearch: pickSearch('of', 'group'),
  component: page(() => import('../pages/queues/queues-page.tsx'), 'QueuesPage'),
})

const settings = createRoute({
  getParentRoute: () => scope,
  path: 'settings',
  // level: project, domain or org; edit: the setting whose form is open, or `project` for that of the project.
  validateSearch: pickSearch('level', 'edit'),
  component: page(() => import('../pages/settings/settings-page.tsx'), 'SettingsPage'),
})

export const routeTree = root.addChildren([
  home,
  scope.addChildren([
    scopeIndex,
    runs,
    run,
    compare,
    tasks,
    task,
    workflows,
    workflow,
    launchPlans,
    launchPlan,
    triggers,
    trigger,
    artifacts,
    artifact,
    secrets,
    queues,
    settings,
  ]),
])
