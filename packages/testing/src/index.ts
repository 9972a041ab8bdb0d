// What tests of tasks are written with.
export { type Answers, answerWith, nobody } from './answers.ts'
export { FakeClock, type FakeClockOptions } from './fake-clock.ts'
export { type MockedTask, type MockFunction, mockTask } from './mock-task.ts'
export { runTask, type TestRunArguments, type TestRunOptions } from './run-task.ts'
