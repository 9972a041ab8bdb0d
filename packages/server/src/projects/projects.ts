import {
  AlreadyExistsError,
  checkProjectName,
  type Clock,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
} from '@tern/core'
import type { ListRequest } from '@tern/idl/common'
import { ProjectState } from '@tern/idl/project'
import type { Page } from '../store/list-query.ts'
import type { Project, ProjectsRepository } from '../store/projects-repository.ts'

const maxDescriptionChars = 300

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
    if (!this.domains.includes(domain)) {
      throw new NotFoundError(`domain ${JSON.stringify(domain)} does not exist in project ${id}`, {
        hint: `The domains are ${this.domains.join(', ')}.`,
      })
    }
    if (writable && isArchived(project)) {
      throw new FailedPreconditionError(`project ${id} is archived`, {
        hint: 'Make it active again, or use another project.',
      })
    }
  }
}

function isArchived(project: Project): boolean {
  return project.state === ProjectState.ARCHIVED || project.state === ProjectState.SYSTEM_ARCHIVED
}

function check(project: Project): void {
  if (project.id === '') throw new InvalidArgumentError('project.id: value is required', { field: 'project.id' })
  checkProjectName(project.id, 'project.id')
  const length = Array.from(project.description).length
  if (length > maxDescriptionChars) {
    throw new InvalidArgumentError(
      `project.description: has ${length} characters, at most ${maxDescriptionChars} are allowed`,
      { field: 'project.description' },
    )
  }
}

function projectNotFound(id: string): NotFoundError {
  return new NotFoundError(`project ${JSON.stringify(id)} does not exist`, {
    hint: 'List the projects with: tern get project.',
  })
}
