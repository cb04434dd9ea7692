export { type CleanupEnvironment, type CleanupExit, cleanup } from './cleanup.ts'
