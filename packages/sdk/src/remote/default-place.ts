/** The place of what nobody has put elsewhere. */
export const defaultPlace = { org: 'tern', project: 'flytesnacks', domain: 'development' } as const
