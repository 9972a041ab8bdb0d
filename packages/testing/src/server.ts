// A server for tests; it needs the package @tern/server.
export { startTestServer, type TestServer } from './test-server.ts'
