import { create } from '@bufbuild/protobuf'
import { type Project, ProjectSchema, ProjectState } from '@tern/idl/project'
import type { TernClient } from './tern-client.ts'

/** What is said of a project when it is created. */
export interface NewProject {
  readonly id: string
  /** Defaults to the id. */
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** The projects of a server. */
export class Projects {
  readonly #client: TernClient

  constructor(client: TernClient) {
    this.#client = client
  }

  /** @throws NotFoundError */
  get(id: string): Promise<Project> {
    return this.#client.getProject(id)
  }

  /** @param options whether archived projects are listed too. Defaults to false. */
  list(options: { readonly includeArchived?: boolean | undefined } = {}): AsyncGenerator<Project, void, undefined> {
    return this.#client.listProjects(options)
  }

  /** @throws AlreadyExistsError when there is one of that id */
  create(project: NewProject): Promise<void> {
    return this.#client.createProject(project)
  }

  /** Changes what is given, and leaves the rest. @throws NotFoundError */
  async update(id: string, changes: Omit<NewProject, 'id'>): Promise<void> {
    const project = await this.get(id)
    const { name = project.name, description = project.description, labels } = changes
    const changed: Project = { ...project, name, description }
    if (labels !== undefined) changed.labels = create(ProjectSchema, { labels: { values: { ...labels } } }).labels
    await this.#client.updateProject(changed)
  }

  /** Hides it from lists; what is in it stays. @throws NotFoundError */
  async archive(id: string): Promise<void> {
    await this.#client.updateProject({ ...(await this.get(id)), state: ProjectState.ARCHIVED })
  }

  /** @throws NotFoundError */
  async unarchive(id: string): Promise<void> {
    await this.#client.updateProject({ ...(await this.get(id)), state: ProjectState.ACTIVE })
  }
}
