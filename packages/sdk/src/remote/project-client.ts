import { type Client, createClient as createRpcClient } from '@connectrpc/connect'
import { ProjectService, ProjectState, type Project } from '@tern/idl/project'
import type { Configuration } from './configuration.ts'
import { pageSize } from './connection.ts'
import type { ClientPlatform } from './platform.ts'
import { required } from './required.ts'
import { ServerClient } from './server-client.ts'

/** Calls about projects. */
export class ProjectClient extends ServerClient {
  private readonly projectService: Client<typeof ProjectService>

  constructor(configuration: Configuration, platform: ClientPlatform) {
    super(configuration, platform)
    this.projectService = createRpcClient(ProjectService, this.connection.transport)
  }

  /** @throws NotFoundError */
  async getProject(id: string): Promise<Project> {
    const { project } = await this.connection.call(() =>
      this.projectService.getProject({ id, org: this.connection.place.org }),
    )
    return required(project, `project ${id}`)
  }

  /** The projects of the server. @param includeArchived whether archived projects are listed too. Defaults to false. */
  async *listProjects({ includeArchived = false } = {}): AsyncGenerator<Project, void, undefined> {
    const filters = includeArchived ? `value_in(state,${Object.values(ProjectState).join(';')})` : ''
    let token = ''
    do {
      const { projects } = await this.connection.call(() =>
        this.projectService.listProjects({ limit: pageSize, token, filters, org: this.connection.place.org }),
      )
      yield* projects?.projects ?? []
      token = projects?.token ?? ''
    } while (token !== '')
  }

  /** @throws AlreadyExistsError when there is one of that id */
  async createProject(project: {
    id: string
    name?: string | undefined
    description?: string | undefined
    labels?: Readonly<Record<string, string>> | undefined
  }): Promise<void> {
    const { id, name = id, description = '', labels } = project
    await this.connection.call(() =>
      this.projectService.createProject({
        project: {
          id,
          name,
          description,
          org: this.connection.place.org,
          ...(labels && { labels: { values: { ...labels } } }),
        },
      }),
    )
  }

  /** Replaces everything about a project but its id and its domains. @throws NotFoundError */
  async updateProject(project: Project): Promise<void> {
    const { org } = this.connection.place
    await this.connection.call(() => this.projectService.updateProject({ project: { ...project, domains: [], org } }))
  }
}
