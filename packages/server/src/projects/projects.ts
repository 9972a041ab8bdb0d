import {
  AlreadyExistsError,
  checkProjectName,
  type Clock,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  truncateText,
} from '@tern/core'
import type { ListRequest } from '@tern/idl/common'
import { ProjectState } from '@tern/idl/project'
import type { Page } from '../store/list-query.ts'
import type { Project, ProjectsRepository } from '../store/projects-repository.ts'

const maxDescriptionChars = 300
const maxNameChars = 255
const maxLabelBytes = 64 * 1024

/** The project that every new server has. */
const defaultProject: Project = {
  id: 'flytesnacks',
  name: 'flytesnacks',
  description: 'The first project',
  labels: null,
  state: ProjectState.ACTIVE,
}

export interface ProjectsParts {
  readonly repository: ProjectsRepository
  readonly domains: ReadonlyArray<string>
  readonly clock: Clock
}

/** Projects, and the domains that each of them has. */
export class Projects {
  readonly domains: ReadonlyArray<string>
  readonly #repository: ProjectsRepository
  readonly #clock: Clock

  constructor(parts: ProjectsParts) {
    this.domains = parts.domains
    this.#repository = parts.repository
    this.#clock = parts.clock
  }

  /** Makes the default project where there is none. */
  async seed(): Promise<void> {
    await this.#repository.create(defaultProject, this.#clock.now())
  }

  async create(project: Project): Promise<void> {
    check(project)
    if (!(await this.#repository.create(project, this.#clock.now()))) {
      throw new AlreadyExistsError(`project ${project.id} exists already`)
    }
  }

  /** Replaces everything about a project but its id. */
  async update(project: Project): Promise<void> {
    check(project)
    if (!(await this.#repository.replace(project, this.#clock.now()))) throw projectNotFound(project.id)
  }

  async get(id: string): Promise<Project> {
    if (id === '') throw new InvalidArgumentError('id: value is required', { field: 'id' })
    const project = await this.#repository.find(id)
    if (project === undefined) throw projectNotFound(id)
    return project
  }

  async list(request: ListRequest): Promise<Page<Project>> {
    return this.#repository.list(request)
  }

  /**
   * Checks that there is such a project with such a domain. Throws NotFoundError, naming what there is, and
   * FailedPreconditionError for an archived project where `writable` is asked for.
   */
  async require(id: string, domain: string, { writable = false } = {}): Promise<void> {
    const project = await this.get(id)
    this.requireDomain(domain)
    if (writable && isArchived(project)) {
      throw new FailedPreconditionError(`project ${id} is archived`, {
        hint: 'Make it active again, or use another project.',
      })
    }
  }

  /** Checks that there is such a domain. Throws NotFoundError, naming what there is. */
  requireDomain(domain: string): void {
    if (this.domains.includes(domain)) return
    throw new NotFoundError(`domain ${quoted(domain)} does not exist`, {
      hint: `The domains are ${this.domains.join(', ')}.`,
    })
  }
}

function isArchived(project: Project): boolean {
  return project.state === ProjectState.ARCHIVED || project.state === ProjectState.SYSTEM_ARCHIVED
}

function check({ id, name, description, labels, state }: Project): void {
  if (id === '') throw new InvalidArgumentError('project.id: value is required', { field: 'project.id' })
  checkProjectName(id, 'project.id')
  checkChars(name, maxNameChars, 'project.name')
  checkChars(description, maxDescriptionChars, 'project.description')
  if (labels !== null && labels.length > maxLabelBytes) {
    throw new InvalidArgumentError(
      `project.labels: ${labels.length} bytes together, at most ${maxLabelBytes} are allowed`,
      { field: 'project.labels' },
    )
  }
  if (!states.has(state)) {
    throw new InvalidArgumentError(`project.state: ${state} is not one of the known ones`, { field: 'project.state' })
  }
}

const states: ReadonlySet<number> = new Set(Object.values(ProjectState))

function checkChars(text: string, limit: number, field: string): void {
  const length = Array.from(text).length
  if (length <= limit) return
  throw new InvalidArgumentError(`${field}: has ${length} characters, at most ${limit} are allowed`, { field })
}

function quoted(name: string): string {
  return JSON.stringify(truncateText(name, 80))
}

function projectNotFound(id: string): NotFoundError {
  return new NotFoundError(`project ${quoted(id)} does not exist`, {
    hint: 'List the projects with: tern get project.',
  })
}
