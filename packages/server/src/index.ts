export { defaultPort, type ServerOptions, startServer, type TernServer } from './server.ts'
export { DataFolderError } from './store/store-errors.ts'
export { ListenError } from './api/transport/listen-error.ts'
export { version } from './version.ts'
