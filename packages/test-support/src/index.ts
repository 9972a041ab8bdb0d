export { lastingPort, untilFree } from './lasting-port.ts'
export { startTestServer } from './test-server.ts'
export { eachTransport, type TestTransport, testTransports } from './transports.ts'
