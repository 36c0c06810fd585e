export { Sandbox } from './sandbox.js';
export type {
  SandboxCall,
  SandboxFetch,
  SandboxFault,
  SandboxFetched,
  SandboxResult,
} from './sandbox.types.js';
