import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError } from '@tern/core'
import { ListRequestSchema } from '@tern/idl/common'
import { type Project as ProjectMessage, ProjectSchema, type ProjectService } from '@tern/idl/project'
import { LabelsSchema } from '@tern/idl/task'
import { parseProjectFilters } from '../../projects/project-filters.ts'
import type { Project } from '../../store/projects-repository.ts'
import type { ApiDomain } from '../domain.ts'

export function createProjectService({ projects, config }: ApiDomain): ServiceImpl<typeof ProjectService> {
  const toMessage = (project: Project): ProjectMessage =>
    create(ProjectSchema, {
      id: project.id,
      name: project.name,
      description: project.description,
      state: project.state as ProjectMessage['state'],
      org: config.org,
      domains: projects.domains.map((domain) => ({ id: domain, name: domain })),
      ...(project.labels === null ? {} : { labels: fromBinary(LabelsSchema, project.labels) }),
    })
  return {
    async createProject({ project }) {
      await projects.create(fromMessage(project))
      return {}
    },
    async updateProject({ project }) {
      await projects.update(fromMessage(project))
      return {}
    },
    async getProject({ id }) {
      return { project: toMessage(await projects.get(id)) }
    },
    async listProjects({ limit, token, filters, sortBy }) {
      const request = create(ListRequestSchema, {
        limit,
        token,
        filters: parseProjectFilters(filters),
        ...(sortBy === undefined ? {} : { sortBy }),
      })
      const page = await projects.list(request)
      return { projects: { projects: page.items.map(toMessage), token: page.token } }
    },
  }
}

function fromMessage(project: ProjectMessage | undefined): Project {
  if (project === undefined) throw new InvalidArgumentError('project: value is required', { field: 'project' })
  const { id, name, description, labels, state } = project
  return { id, name, description, labels: labels === undefined ? null : toBinary(LabelsSchema, labels), state }
}
