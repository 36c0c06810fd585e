import { parentPort } from 'node:worker_threads';
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core';
import { QuickJsRun } from './quickjs-run.js';
import type { FromThread, ThreadReady, ToThread } from './thread-messages.js';

// The entry of a sandbox thread: QuickJS in WebAssembly, and nothing else. What goes wrong in here
// beyond a script's own errors ends the thread, and with it whatever state was harmed.
const port = parentPort;
if (!port) throw new Error('This file is the entry of a worker thread');

const module = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));
const runs = new Map<number, QuickJsRun>();

port.on('message', (message: ToThread) => {
  if (message.kind === 'cancel') {
    end(message.run);
    return;
  }
  const after = step(message);
  if (after.kind === 'done') end(message.run);
  port.postMessage(after);
});
port.postMessage({ kind: 'ready' } satisfies ThreadReady);

function step(message: Exclude<ToThread, { kind: 'cancel' }>): FromThread {
  if (message.kind === 'start') {
    const run = new QuickJsRun(module, message);
    runs.set(message.run, run);
    return run.begin();
  }
  const run = runs.get(message.run);
  if (run) return run.resume(message.call, message.answer);
  const result = {
    ok: false,
    reason: 'The script was cancelled',
    fault: 'sandbox',
    console: [],
  } as const;
  return { kind: 'done', run: message.run, result };
}

function end(id: number): void {
  const run = runs.get(id);
  runs.delete(id);
  run?.dispose();
}
