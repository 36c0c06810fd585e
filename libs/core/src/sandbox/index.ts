export { Sandbox } from './sandbox.js';
export type { SandboxCall, SandboxFetch, SandboxFetched, SandboxResult } from './sandbox.types.js';
